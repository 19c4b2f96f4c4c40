/** A request's changes of topics against `controller_mutation_rate` (KIP-599). Serves docs/spec/broker.md 9.7. */
import { errorCode } from '../../protocol/errors.js';
import type { BrokerState, RequestContext } from '../state.js';
import type { Mutations } from './enforcer.js';
import { clientOf } from './limits.js';

export const OVER_QUOTA = {
  errorCode: errorCode.THROTTLING_QUOTA_EXCEEDED,
  errorMessage: 'The throttling quota has been exceeded.',
};

/** Older versions than `strictFrom` are never refused: their clients would not know what it means. */
export function mutationsOf({ quotas, clock }: BrokerState, context: RequestContext, strictFrom: number): Mutations {
  return quotas.mutationsOf(clientOf(context), context.version >= strictFrom, () => clock.monotonicMs());
}
