/** ApiVersions: what this broker serves, and the features of its cluster. A version it does not have is answered in `dispatch.ts`. */

import type { ApiVersionsRequest, ApiVersionsResponse } from '../../protocol/api/api-versions.js';
import { errorCode } from '../../protocol/errors.js';
import { features } from '../features.js';
import type { Handler } from '../state.js';

const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/** Clients of version 3 cannot read that a feature may be at level 0, so they are not told of such ones (KIP-1022). */
const READS_LEVEL_ZERO = 4;

export const answerApiVersions: Handler<ApiVersionsRequest, ApiVersionsResponse> = (broker, request, context) => {
  const named = NAME.test(request.clientSoftwareName) && NAME.test(request.clientSoftwareVersion);
  if (context.version >= 3 && !named) return { errorCode: errorCode.INVALID_REQUEST };
  return {
    apiKeys: broker.served.map(({ key, min, max }) => ({ apiKey: key, minVersion: min, maxVersion: max })),
    supportedFeatures: features
      .filter(({ min }) => min > 0 || context.version >= READS_LEVEL_ZERO)
      .map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max })),
    finalizedFeaturesEpoch: 0n,
    finalizedFeatures: features.map(({ name, finalized }) => ({
      name,
      maxVersionLevel: finalized,
      minVersionLevel: finalized,
    })),
  };
};
