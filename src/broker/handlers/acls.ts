/** DescribeAcls, CreateAcls, DeleteAcls: durable before they are answered. Without an authorizer as Kafka without one. */
import type { CreateAclsRequest, CreateAclsResponse } from '../../protocol/api/create-acls.js';
import type { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/api/delete-acls.js';
import type { DescribeAclsRequest, DescribeAclsResponse } from '../../protocol/api/describe-acls.js';
import { errorCode } from '../../protocol/errors.js';
import { DecodeError } from '../../protocol/reader.js';
import { type Acl, type AclFilter, holdsUnknown, refusalOfAcl } from '../security/acl.js';
import type { Authorizer } from '../security/authorizer.js';
import type { BrokerState, Handler } from '../state.js';

const DISABLED = {
  errorCode: errorCode.SECURITY_DISABLED,
  errorMessage: 'No Authorizer is configured.',
};
const DONE = { errorCode: errorCode.NONE, errorMessage: null };

export const answerDescribeAcls: Handler<DescribeAclsRequest, DescribeAclsResponse> = ({ authorizer }, request) => {
  refuseUnknown(request);
  if (authorizer === undefined) return DISABLED;
  const byResource = new Map<string, Acl[]>();
  for (const acl of authorizer.find(request)) {
    const key = JSON.stringify([acl.resourceType, acl.patternType, acl.resourceName]);
    byResource.set(key, [...(byResource.get(key) ?? []), acl]);
  }
  return {
    ...DONE,
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
  authorizer.add(wanted.filter((_, at) => refusals[at] === undefined));
  await save(broker, authorizer);
  return {
    results: refusals.map((refusal) =>
      refusal === undefined ? DONE : { errorCode: errorCode.INVALID_REQUEST, errorMessage: refusal },
    ),
  };
};

export const answerDeleteAcls: Handler<DeleteAclsRequest, DeleteAclsResponse> = async (broker, request) => {
  for (const filter of request.filters) refuseUnknown(filter);
  const { authorizer } = broker;
  if (authorizer === undefined) return { filterResults: request.filters.map(() => DISABLED) };
  const found = request.filters.map((filter) => authorizer.find(filter));
  authorizer.remove(new Set(found.flat()));
  await save(broker, authorizer);
  return {
    filterResults: found.map((acls) => ({ ...DONE, matchingAcls: acls.map((acl) => ({ ...DONE, ...acl })) })),
  };
};

export function refuseCreateAcls(request: CreateAclsRequest, code: number) {
  return { results: request.creations.map(() => ({ errorCode: code, errorMessage: null })) };
}

export function refuseDeleteAcls(request: DeleteAclsRequest, code: number) {
  return { filterResults: request.filters.map(() => ({ errorCode: code, errorMessage: null })) };
}

function save(broker: BrokerState, authorizer: Authorizer): Promise<void> {
  broker.file.meta.security.acls = authorizer.acls;
  return broker.file.save();
}

function refuseUnknown(filter: AclFilter): void {
  const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = filter;
  if (holdsUnknown(resourceTypeFilter, patternTypeFilter, operation, permissionType)) throw unreadable();
}

function unreadable(): DecodeError {
  return new DecodeError('an ACL holds UNKNOWN elements');
}
