/**
 * What a transaction becomes, and what a producer may ask of it: pure, one record in, one record or a refusal out. Epochs,
 * retries and exhausted producer ids are decided here and nowhere else.
 * Source: KIP-98, KIP-360, KIP-890; the order of the checks is Apache Kafka's. Serves docs/spec/broker.md §5.
 */
import { errorCode } from '../../protocol/errors.js';
import { type ClientVersion, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, type TransactionRecord } from './journal.js';

const EPOCH_MAX = 32767;

export interface Claim {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export type EndVerdict =
  /** `nothing`: no partition is in it; that is how a client of version 2 gets itself a new epoch. */
  | { readonly kind: 'end'; readonly nothing: boolean }
  /** It has ended like that before, and the answer was lost. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'refused'; readonly code: number };

/** The last epoch is kept for the marker of whoever has the one before. */
export function isExhausted({ producerEpoch }: Pick<TransactionRecord, 'producerEpoch'>): boolean {
  return producerEpoch >= EPOCH_MAX - 1;
}

export function isDecided({ status }: TransactionRecord): boolean {
  return status === 'PrepareCommit' || status === 'PrepareAbort';
}

export function fresh(
  transactionalId: string,
  producerId: bigint,
  timeoutMs: number,
  nowMs: number,
): TransactionRecord {
  return {
    transactionalId,
    producerId,
    producerEpoch: 0,
    timeoutMs,
    status: 'Empty',
    partitions: [],
    updatedMs: nowMs,
    startedMs: -1,
    previousProducerId: NO_PRODUCER_ID,
    nextProducerId: NO_PRODUCER_ID,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    clientVersion: 0,
  };
}

/** May who names this identity ask for a raise at all? Its epoch is looked at when nothing is open any more. */
export function mayRaise(record: TransactionRecord, { producerId, producerEpoch }: Claim): boolean {
  if (producerId === record.producerId) return true;
  return producerId === record.previousProducerId && isExhausted({ producerEpoch });
}

/**
 * The next epoch, or epoch 0 of `spareId` when there is none. Who names the epoch it expects gets the current one when the
 * last raise came from there (KIP-360: the answer was lost). Undefined: fenced. `record` has nothing open.
 */
export function raised(
  record: TransactionRecord,
  expected: Claim | undefined,
  change: { readonly spareId: bigint; readonly timeoutMs: number; readonly nowMs: number },
): TransactionRecord | undefined {
  const { producerId, producerEpoch, lastProducerEpoch } = record;
  const idle = {
    ...record,
    timeoutMs: change.timeoutMs,
    status: 'Empty',
    partitions: [],
    updatedMs: change.nowMs,
    startedMs: -1,
    previousProducerId: producerId,
    nextProducerId: NO_PRODUCER_ID,
    clientVersion: 0,
  } as const;
  const replaced = expected ? producerEpoch : NO_PRODUCER_EPOCH;
  if (expected === undefined || expected.producerEpoch === producerEpoch) {
    if (isExhausted(record)) {
      return { ...idle, producerId: change.spareId, producerEpoch: 0, lastProducerEpoch: replaced };
    }
    return { ...idle, producerEpoch: producerEpoch + 1, lastProducerEpoch: replaced };
  }
  return expected.producerEpoch === lastProducerEpoch ? idle : undefined;
}

/** `raises`: the client speaks version 2, where each end raises the epoch, so that a retry names the one before. */
export function judgeEnd(record: TransactionRecord, claim: Claim, commit: boolean, raises: boolean): EndVerdict {
  return raises ? judgeRaisingEnd(record, claim, commit) : judgeFirstEnd(record, claim, commit);
}

function judgeFirstEnd(record: TransactionRecord, claim: Claim, commit: boolean): EndVerdict {
  const { status } = record;
  if (record.producerId !== claim.producerId) return refused(errorCode.INVALID_PRODUCER_ID_MAPPING);
  if (record.producerEpoch !== claim.producerEpoch) return refused(errorCode.PRODUCER_FENCED);
  if (status === 'Ongoing') return { kind: 'end', nothing: false };
  if (status === (commit ? 'PrepareCommit' : 'PrepareAbort')) return refused(errorCode.CONCURRENT_TRANSACTIONS);
  return status === (commit ? 'CompleteCommit' : 'CompleteAbort')
    ? { kind: 'ended' }
    : refused(errorCode.INVALID_TXN_STATE);
}

function judgeRaisingEnd(record: TransactionRecord, claim: Claim, commit: boolean): EndVerdict {
  const { status, producerId, producerEpoch } = record;
  const isCurrent = producerId === claim.producerId && producerEpoch === claim.producerEpoch;
  const fromEpochBefore = producerId === claim.producerId && producerEpoch === claim.producerEpoch + 1;
  const fromIdBefore =
    record.previousProducerId === claim.producerId && claim.producerEpoch === EPOCH_MAX - 1 && producerEpoch === 0;
  if (producerId !== claim.producerId && !fromIdBefore) return refused(errorCode.INVALID_PRODUCER_ID_MAPPING);
  const again = fromEpochBefore || fromIdBefore;
  switch (status) {
    case 'Ongoing':
      return isCurrent ? { kind: 'end', nothing: false } : refused(errorCode.PRODUCER_FENCED);
    case 'Empty':
      if (!isCurrent) return refused(errorCode.PRODUCER_FENCED);
      return commit ? refused(errorCode.INVALID_TXN_STATE) : { kind: 'end', nothing: true };
    case 'PrepareCommit':
    case 'PrepareAbort':
      if (!fromEpochBefore) return refused(errorCode.PRODUCER_FENCED);
      return refused(
        (status === 'PrepareCommit') === commit ? errorCode.CONCURRENT_TRANSACTIONS : errorCode.INVALID_TXN_STATE,
      );
    case 'CompleteCommit':
    case 'CompleteAbort':
      if (!again && !isCurrent) return refused(errorCode.PRODUCER_FENCED);
      if (again && (status === 'CompleteCommit') === commit) return { kind: 'ended' };
      return again || commit ? refused(errorCode.INVALID_TXN_STATE) : { kind: 'end', nothing: true };
  }
}

/** `spareId` takes over after the markers when there is no epoch left; only looked at when `raises`. */
export function decided(
  record: TransactionRecord,
  end: {
    readonly commit: boolean;
    readonly raises: boolean;
    readonly nothing: boolean;
    readonly spareId: bigint;
    readonly nowMs: number;
  },
): TransactionRecord {
  const status = end.commit ? 'PrepareCommit' : 'PrepareAbort';
  const clientVersion: ClientVersion = end.raises ? 2 : 0;
  const ending = { ...record, status, updatedMs: end.nowMs, clientVersion } as const;
  if (!end.raises) return ending;
  return {
    ...ending,
    startedMs: end.nothing ? end.nowMs : record.startedMs,
    producerEpoch: Math.min(record.producerEpoch + 1, EPOCH_MAX),
    lastProducerEpoch: record.producerEpoch,
    nextProducerId: isExhausted(record) ? end.spareId : NO_PRODUCER_ID,
  };
}

/** Every marker is written. */
export function completed(record: TransactionRecord, nowMs: number): TransactionRecord {
  const status = record.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort';
  const ended = { ...record, status, partitions: [], updatedMs: nowMs, nextProducerId: NO_PRODUCER_ID } as const;
  if (record.clientVersion < 2) return ended;
  return { ...ended, ...identityAfter(record), previousProducerId: record.producerId };
}

/** What the producer goes on with when this one has ended: told in the answer already, before the markers are written. */
export function identityAfter({ producerId, producerEpoch, nextProducerId }: TransactionRecord) {
  return nextProducerId < 0n ? { producerId, producerEpoch } : { producerId: nextProducerId, producerEpoch: 0 };
}

function refused(code: number): EndVerdict {
  return { kind: 'refused', code };
}
