/**
 * ACLs for ACL sync: read at either cluster apart from what fences are made of, made and deleted at the destination. Says
 * what is missing where a cluster refuses. Words of a newer Kafka are left alone. Spec: docs/spec/acls.md.
 */
import { type AclBinding, findAcls, removeAcls } from '../../client/admin/acls.js';
import { ADMIN_PURPOSE } from '../../client/admin/ask.js';
import { type KafkaCluster, KafkaError } from '../../client/types.js';
import {
  type Acl,
  type AclSyncError,
  aclOperationNames,
  aclPatternTypes,
  aclPermissionTypes,
  aclResourceTypes,
  word,
} from '../../model/acl.js';
import { errorCode } from '../../protocol/errors.js';
import { grantAcls } from '../fence/grants.js';
import { EVERYBODY, heldOf } from '../fence/lines.js';
import { unfenced } from '../fence/unfenced.js';
import { type Done, done, isUnauthorized, ofError, type Refused, type Unavailable, unavailable } from '../outcome.js';

const PATIENCE = { timeoutMs: 15_000 };

export interface AclsRefused extends Refused {
  readonly error: AclSyncError;
}

export interface AclsShown {
  readonly kind: 'done';
  readonly acls: readonly Acl[];
  readonly ofFences: readonly Acl[];
}

export interface Acls {
  read(): Promise<AclsShown | AclsRefused | Unavailable>;
  create(acls: readonly Acl[]): Promise<Done | AclsRefused | Unavailable>;
  remove(acls: readonly Acl[]): Promise<Done | AclsRefused | Unavailable>;
}

export interface AclsOptions {
  /** The destination, as engine principal. */
  readonly cluster: KafkaCluster;
  /** Decision 7: asked right before each request. */
  holds(): boolean;
}

export function createAclsPort({ cluster, holds }: AclsOptions): Acls {
  const change = async (acls: readonly Acl[], request: (acls: readonly Acl[]) => Promise<unknown>) => {
    if (acls.length === 0) return done;
    try {
      // Opened first, so that nothing slow stands between the lease and the request.
      await cluster.channel('any', ADMIN_PURPOSE);
      if (!holds()) return unavailable('the lease is not proven');
      await request(acls);
      return done;
    } catch (error) {
      return aclTrouble(error, 'destination');
    }
  };
  /** One that this cluster has no word for must not keep the others away: each is tried, and the first trouble told. */
  const create = async (acls: readonly Acl[]) => {
    const request = (some: readonly Acl[]) => grantAcls(cluster, some, { ...PATIENCE, holds });
    const all = await change(acls, request);
    if (all.kind !== 'refused' || all.error !== 'INTERNAL_ERROR' || acls.length === 1) return all;
    let first: Done | AclsRefused | Unavailable = done;
    for (const acl of acls) {
      const one = await change([acl], request);
      if (one.kind === 'unavailable') return one;
      if (first.kind === 'done') first = one;
    }
    return first;
  };
  return {
    read: async () => {
      try {
        return await readAcls(cluster);
      } catch (error) {
        return aclTrouble(error, 'destination');
      }
    },
    create,
    // Also what a fence holds back of it.
    remove: (acls) => change(acls, (some) => removeAcls(cluster, [...some, ...some.flatMap(heldBack)], PATIENCE)),
  };
}

/** Rejects as the client does; `aclTrouble` puts that into words. */
export async function readAcls(cluster: KafkaCluster): Promise<AclsShown> {
  const { acls, ofFences } = unfenced(await findAcls(cluster, {}, PATIENCE));
  return { kind: 'done', acls: acls.flatMap(known), ofFences: ofFences.flatMap(known) };
}

function heldBack(acl: Acl): readonly AclBinding[] {
  return acl.permission === 'ALLOW' && acl.principal === EVERYBODY ? [heldOf(acl)] : [];
}

/** None for what this klink has no words for. */
function known(acl: AclBinding): readonly Acl[] {
  const permission = word(aclPermissionTypes, acl.permission);
  const operation = word(aclOperationNames, acl.operation);
  const resourceType = word(aclResourceTypes, acl.resourceType);
  const pattern = word(aclPatternTypes, acl.pattern);
  if (!permission || !operation || !resourceType || !pattern) return [];
  return [{ ...acl, permission, operation, resourceType, pattern }];
}

const missing = {
  source: "the link's principal lacks DESCRIBE on the CLUSTER at the source, which reading its ACLs needs",
  destination: "klink's principal lacks DESCRIBE or ALTER on the CLUSTER at the destination, which ACL sync needs",
} as const;

export function aclTrouble(error: unknown, where: keyof typeof missing): AclsRefused | Unavailable {
  const outcome = ofError(error);
  if (outcome.kind === 'unavailable') return outcome;
  const { code, reason } = outcome;
  if (code === errorCode.SECURITY_DISABLED) {
    return { ...outcome, error: 'SECURITY_DISABLED_ERROR', reason: `the ${where} runs no authorizer: it has no ACLs` };
  }
  if (isUnauthorized(code)) {
    const error = where === 'source' ? 'AUTHORIZATION_ERROR' : 'BROKER_AUTHORIZATION_ERROR';
    return { ...outcome, error, reason: `${missing[where]} (${reason})` };
  }
  if (error instanceof KafkaError && error.code === errorCode.SASL_AUTHENTICATION_FAILED) {
    return { ...outcome, error: 'AUTHENTICATION_ERROR' };
  }
  return { ...outcome, error: code === errorCode.POLICY_VIOLATION ? 'POLICY_VIOLATION_ERROR' : 'INTERNAL_ERROR' };
}
