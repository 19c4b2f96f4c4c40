/** DescribeAcls, CreateAcls, DeleteAcls: no authorizer runs here, and that is what Kafka without one answers. */

import type { CreateAclsRequest, CreateAclsResponse } from '../../protocol/api/create-acls.js';
import type { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/api/delete-acls.js';
import type { DescribeAclsRequest, DescribeAclsResponse } from '../../protocol/api/describe-acls.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';

const DISABLED = {
  errorCode: errorCode.SECURITY_DISABLED,
  errorMessage: 'No Authorizer is configured.',
};

export const answerDescribeAcls: Handler<DescribeAclsRequest, DescribeAclsResponse> = () => DISABLED;

export const answerCreateAcls: Handler<CreateAclsRequest, CreateAclsResponse> = (_, request) => ({
  results: request.creations.map(() => DISABLED),
});

export const answerDeleteAcls: Handler<DeleteAclsRequest, DeleteAclsResponse> = (_, request) => ({
  filterResults: request.filters.map(() => DISABLED),
});
