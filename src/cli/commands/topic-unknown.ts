/** Gives the published message where the server does not know a topic. */
import { RequestRefused } from '../../api/client/exchange.js';
import { CliFailure } from '../failure.js';

const UNKNOWN_TOPIC = 40403;

export async function orUnknownTopic<T>(answer: Promise<T>, topic: string, clusterId: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestRefused && error.errorCode === UNKNOWN_TOPIC) throw unknownTopic(topic, clusterId);
    throw error;
  }
}

export function unknownTopic(topic: string, clusterId: string): CliFailure {
  return new CliFailure(
    `unknown topic "${topic}"`,
    `To list topics for the cluster "${clusterId}", use \`klink topic list --cluster ${clusterId}\`.`,
  );
}
