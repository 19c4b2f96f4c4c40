/** Gives one message wherever a consumer group is not there. */
import { RequestRefused } from '../../api/client/exchange.js';
import { CliFailure } from '../failure.js';

export async function orUnknownGroup<T>(answer: Promise<T>, group: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RequestRefused && error.status === 404)) throw error;
    throw new CliFailure(
      `consumer group "${group}" not found`,
      'List available consumer groups with `klink consumer group list`.',
      ...(error.message === '' ? [] : [`The server says: ${error.message}`]),
    );
  }
}
