/**
 * The two ways in which an admin call uses a broker. A question may be asked of any broker and again; a command is sent
 * once, and what becomes of it when no answer comes is the caller's to find out (`OutcomeUnknown`).
 *
 * Code 7 in the answer to a command is no refusal: what it began may stand.
 */
import { errorCode, errorName } from '../../protocol/errors.js';
import type { Api, Draft } from '../../protocol/schema.js';
import { type KafkaCluster, KafkaError, NotSent, OutcomeUnknown, type SendOptions } from '../types.js';
import type { Patience } from './patience.js';

export const ADMIN_PURPOSE = 'admin';

/** Rejects NotSent when no broker can be reached, at once; a lost answer is asked for again while there is time. */
export async function question<Q, S>(
  cluster: KafkaCluster,
  patience: Patience,
  api: Api<Q, S>,
  request: Draft<Q>,
  bounds: Pick<SendOptions, 'versionMin' | 'versionMax'> = {},
): Promise<S> {
  for (;;) {
    const channel = await cluster.channel('any', ADMIN_PURPOSE);
    try {
      return await channel.send(api, request, { ...bounds, ...patience.ask() });
    } catch (error) {
      if (channel.open || !isUnanswered(error) || !(await patience.another())) throw error;
    }
  }
}

/**
 * Sent to any broker, which passes it on to the controller; where there is no such thing yet, to the controller itself.
 * `codesOf` tells the codes in the answer. Repeated only when the answer says that nothing was done.
 */
export async function command<Q, S>(
  cluster: KafkaCluster,
  patience: Patience,
  api: Api<Q, S>,
  request: Draft<Q>,
  codesOf: (answer: S) => readonly number[],
): Promise<S> {
  let to: number | 'any' = 'any';
  for (;;) {
    const channel = await cluster.channel(to, ADMIN_PURPOSE);
    let answer: S;
    try {
      answer = await channel.send(api, request, patience.command());
    } catch (error) {
      // The channel had ended before this request: nothing has left this process.
      if (error instanceof NotSent && !channel.open && (await patience.another())) continue;
      throw error;
    }
    const codes = new Set(codesOf(answer));
    const nothingDone = codes.size === 1 && (codes.has(errorCode.NOT_CONTROLLER) || codes.has(THROTTLED));
    if (!nothingDone || !(await patience.another())) return answer;
    if (codes.has(errorCode.NOT_CONTROLLER)) to = await cluster.controller();
  }
}

/** KIP-599: refused for now; the channel has noted how long to be silent. */
const THROTTLED = errorCode.THROTTLING_QUOTA_EXCEEDED;

/** Throws unless the code is 0. */
export function demand(code: number, what: string, detail?: string | null): void {
  if (code !== 0) throw refusal(code, what, detail);
}

/** The same for the answer to a command. */
export function demandDone(code: number, what: string, detail?: string | null): void {
  if (code === errorCode.REQUEST_TIMED_OUT) {
    throw new OutcomeUnknown(`${what}: the broker could not finish it in time${detail ? `: ${detail}` : ''}`);
  }
  demand(code, what, detail);
}

export function refusal(code: number, what: string, detail?: string | null): KafkaError {
  return new KafkaError(code, errorName(code), what, detail);
}

/** Nothing came back, whether or not the request arrived. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof NotSent || error instanceof OutcomeUnknown;
}
