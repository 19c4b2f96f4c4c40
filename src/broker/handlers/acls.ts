/** DescribeAcls, CreateAcls, DeleteAcls: durable before they are answered. Without an authorizer as Kafka without one. */
import type { CreateAclsRequest, CreateAclsResponse } from '../../protocol/api/create-acls.js';
import type { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/api/delete-acls.js';
import type { DescribeAclsRequest, DescribeAclsResponse } from '../../protocol/api/describe-acls.js';
import { errorCode } from '../../protocol/errors.js';
import { DecodeError } from '../../protocol/reader.js';
import { type Acl, type AclFilter, holdsUnknown, refusalOfAcl, refusalOfFilter } from '../security/acl.js';
import type { Authorizer } from '../security/authorizer.js';
import type { BrokerState, Handler } from '../state.js';
import { unlessRefused } from '../topics/disk-refused.js';

const DISABLED = {
  errorCode: errorCode.SECURITY_DISABLED,
  errorMessage: 'No Authorizer is configured.',
};
interface Outcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

const DONE: Outcome = { errorCode: errorCode.NONE, errorMessage: null };
/** Where Kafka says nothing it says it in an empty sentence. */
const NOTHING_TO_SAY: Outcome = { errorCode: errorCode.NONE, errorMessage: '' };

export const answerDescribeAcls: Handler<DescribeAclsRequest, DescribeAclsResponse> = ({ authorizer }, request) => {
  refuseUnknown(request);
  if (authorizer === undefined) return DISABLED;
  const byResource = new Map<string, Acl[]>();
  for (const acl of authorizer.find(request)) {
    const key = JSON.stringify([acl.resourceType, acl.patternType, acl.resourceName]);
    byResource.set(key, [...(byResource.get(key) ?? []), acl]);
  }
  return {
    ...NOTHING_TO_SAY,
    resources: [...byResource.values()].map((acls) => ({
      resourceType: acls[0]?.resourceType ?? 0,
      resourceName: acls[0]?.resourceName ?? '',
      patternType: acls[0]?.patternType ?? 0,
      acls: acls.map(({ principal, host, operation, permissionType }) => ({
        principal,
        host,
        operation,
        permissionType,
      })),
    })),
  };
};

export const answerCreateAcls: Handler<CreateAclsRequest, CreateAclsResponse> = async (broker, request) => {
  const wanted = request.creations.map(
    ({ resourcePatternType: patternType, ...rest }): Acl => ({ ...rest, patternType }),
  );
  for (const { resourceType, patternType, operation, permissionType } of wanted) {
    if (holdsUnknown(resourceType, patternType, operation, permissionType)) throw unreadable();
  }
  const { authorizer } = broker;
  if (authorizer === undefined) return { results: wanted.map(() => DISABLED) };
  const refusals = wanted.map(refusalOfAcl);
  const sound = wanted.filter((_, at) => refusals[at] === undefined);
  const changed = await change(broker, authorizer, () => authorizer.add(sound));
  const outcome = changed === DONE ? NOTHING_TO_SAY : changed;
  return {
    results: refusals.map((refusal) =>
      refusal === undefined ? outcome : { errorCode: errorCode.INVALID_REQUEST, errorMessage: refusal },
    ),
  };
};

export const answerDeleteAcls: Handler<DeleteAclsRequest, DeleteAclsResponse> = async (broker, request) => {
  for (const filter of request.filters) refuseUnknown(filter);
  const { authorizer } = broker;
  if (authorizer === undefined) return { filterResults: request.filters.map(() => DISABLED) };
  const refusals = request.filters.map(refusalOfFilter);
  const found = request.filters.map((filter, i) => (refusals[i] === undefined ? authorizer.find(filter) : []));
  const outcome = await change(broker, authorizer, () => authorizer.remove(new Set(found.flat())));
  return {
    filterResults: found.map((acls, i) => {
      const refusal = refusals[i];
      if (refusal !== undefined) return { errorCode: errorCode.INVALID_REQUEST, errorMessage: refusal };
      return { ...outcome, matchingAcls: acls.map((acl) => ({ ...outcome, ...acl })) };
    }),
  };
};

export function refuseCreateAcls(request: CreateAclsRequest, code: number) {
  return { results: request.creations.map(() => ({ errorCode: code, errorMessage: null })) };
}

export function refuseDeleteAcls(request: DeleteAclsRequest, code: number) {
  return { filterResults: request.filters.map(() => ({ errorCode: code, errorMessage: null })) };
}

function change({ file, log }: BrokerState, authorizer: Authorizer, apply: () => void): Promise<Outcome> {
  const { security } = file.meta;
  const before = authorizer.acls;
  apply();
  security.acls = authorizer.acls;
  const undo = () => {
    authorizer.restore(before);
    security.acls = before;
  };
  return unlessRefused<Outcome>(
    log,
    () => file.save(undo).then(() => DONE),
    (errorMessage) => ({ errorCode: errorCode.KAFKA_STORAGE_ERROR, errorMessage }),
  );
}

function refuseUnknown(filter: AclFilter): void {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = filter;
  if (holdsUnknown(resourceTypeFilter, patternTypeFilter, operation, permissionType)) throw unreadable();
}

function unreadable(): DecodeError {
  return new DecodeError('an ACL holds UNKNOWN elements');
}
