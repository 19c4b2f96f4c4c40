/** ApiVersions: what this broker serves. A version it does not have is answered in `dispatch.ts`. */

import type { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/api/api-versions.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';

const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const answerApiVersions: Handler<ApiVersionsRequest, ApiVersionsResponse> = (broker, request, context) => {
  const named = NAME.test(request.clientSoftwareName) && NAME.test(request.clientSoftwareVersion);
  if (context.version >= 3 && !named) return { errorCode: errorCode.INVALID_REQUEST };
  return {
    apiKeys: broker.served.map(({ key, min, max }) => ({ apiKey: key, minVersion: min, maxVersion: max })),
    finalizedFeaturesEpoch: 0n,
  };
};
