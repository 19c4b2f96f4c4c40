/** Gives one message wherever a named link is not there. */
import { RequestRefused } from '../../api/client/exchange.js';
import { CliFailure } from '../failure.js';

export async function orUnknownLink<T>(answer: Promise<T>, link: string): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof RequestRefused && error.status === 404)) throw error;
    throw new CliFailure(
      `cluster link "${link}" not found`,
      'List available cluster links with `klink link list`; a link lives on its destination cluster.',
    );
  }
}
