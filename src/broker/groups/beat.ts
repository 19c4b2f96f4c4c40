/** What a heartbeat of the newer protocol asks, how it is answered, and why it is refused. */
import { errorCode } from '../../protocol/errors.js';
import type { ConsumerMember, Held } from './consumer-group.js';
import { isWithin, type Owned } from './reconcile.js';

export interface BeatRequest {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** -1: as before. */
  readonly rebalanceTimeoutMs: number;
  /** Null, in these: as before. */
  readonly topics: readonly string[] | null;
  readonly regex: string | null;
  readonly assignor: string | null;
  readonly owned: Owned;
  /** Names of the topics that match and that the asking client may describe, sorted. */
  readonly match: (regex: string) => readonly string[];
}

export interface BeatRefusal {
  readonly kind: 'refused';
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export interface BeatAcceptance {
  readonly kind: 'accepted';
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** Undefined: as before. */
  readonly assignment: Held | undefined;
}

export type BeatOutcome = BeatAcceptance | BeatRefusal;

export function refusal(code: number, errorMessage: string | null): BeatRefusal {
  return { kind: 'refused', errorCode: code, errorMessage };
}

/** The epoch must be the member's; the one before it will do where the last answer may be lost and nothing hangs on it. */
export function epochRefusal(member: ConsumerMember, request: BeatRequest): BeatRefusal | undefined {
  const { memberEpoch, owned } = request;
  if (memberEpoch === member.epoch) return undefined;
  if (memberEpoch === member.previousEpoch && memberEpoch < member.epoch && isWithin(owned, member.assigned)) {
    return undefined;
  }
  const which = memberEpoch > member.epoch ? 'greater' : 'smaller';
  const said = `The consumer group member has a ${which} member epoch (${memberEpoch}) than the one known by the group coordinator (${member.epoch}). The member must abandon all its partitions and rejoin.`;
  return refusal(errorCode.FENCED_MEMBER_EPOCH, said);
}

/** Is the one who asks the present holder of the instance id? */
export function staticRefusal(
  holder: ConsumerMember | undefined,
  who: { readonly memberId: string; readonly instanceId: string },
): BeatRefusal | undefined {
  if (holder === undefined) return refusal(errorCode.UNKNOWN_MEMBER_ID, `Instance id ${who.instanceId} is unknown.`);
  if (holder.id === who.memberId) return undefined;
  const said = `Static member ${who.memberId} with instance id ${who.instanceId} was fenced by member ${holder.id}.`;
  return refusal(errorCode.FENCED_INSTANCE_ID, said);
}
