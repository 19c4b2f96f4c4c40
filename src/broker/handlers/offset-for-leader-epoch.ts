/** OffsetForLeaderEpoch: where an epoch ended; the current one ends at the log end. (−1, −1) for epochs never seen. */

import type {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../protocol/api/offset-for-leader-epoch.js';
import { errorCode } from '../../protocol/errors.js';
import type { Handler } from '../state.js';
import { leaderEpochError } from './leader-epoch.js';

export const answerOffsetForLeaderEpoch: Handler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse> = (
  broker,
  request,
  { rights },
) => ({
  topics: request.topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
      const log = broker.topics.partition(topic, partition);
      const refuse = (code: number) => ({ partition, errorCode: code, leaderEpoch: -1, endOffset: -1n });
      if (!rights.mayOnCluster('CLUSTER_ACTION') && !rights.may('DESCRIBE', 'TOPIC', topic)) {
        return refuse(errorCode.TOPIC_AUTHORIZATION_FAILED);
      }
      if (log === undefined) return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION);
      if (log.isOffline) return refuse(errorCode.KAFKA_STORAGE_ERROR);
      const error = leaderEpochError(currentLeaderEpoch, log.leaderEpoch);
      if (error !== errorCode.NONE) return refuse(error);
      const end = log.epochs.endOf(leaderEpoch, log.logEndOffset);
      return { partition, leaderEpoch: end?.epoch ?? -1, endOffset: end?.endOffset ?? -1n };
    }),
  })),
});
