/**
 * One decision as one transaction: its records to `_klink.state`, its lines to `_klink.audit`. Ends with the coordinator's
 * word; whoever calls reads what the log says. Spec: docs/spec/journal.md 5.1, 5.3.
 */
import { type Patience, patience } from '../transactions/persist.js';
import type { Target } from '../transactions/transaction.js';
import type { TransactionalProducer } from '../transactions/transactional-producer.js';
import { type KeyedValue, toBatches } from './batches.js';
import { AUDIT_TOPIC, STATE_TOPIC } from './journal-topics.js';

/** For everything up to the request that decides. */
const WRITE_MS = 20_000;
/** For that request. */
const END_MS = 10_000;
/** For saying that nothing is to be decided: nothing hangs on it, the next transaction says it again. */
const ABORT_MS = 1_000;

export type DecisionOutcome =
  /** Nothing can change it any more; the log shows it soon. */
  | { readonly kind: 'decided' }
  | { readonly kind: 'fenced'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface Decision {
  readonly records: readonly KeyedValue[];
  readonly audit: readonly string[];
  /** [1.3] A journal that was deleted and made again is another one. */
  readonly stateId: string;
  readonly auditId: string | undefined;
}

export async function writeDecision(
  producer: TransactionalProducer,
  decision: Decision,
  signal: AbortSignal,
): Promise<DecisionOutcome> {
  const { around } = producer;
  const within = patience(around, WRITE_MS, signal);
  const begun = await producer.begin(within);
  if (begun.kind !== 'begun') return begun;
  const { transaction } = begun;
  const parts = partsOf(decision, around.clock.nowMs());
  const added = await transaction.addPartitions(within, [...new Set(parts.map(({ target }) => target))]);
  if (added.kind !== 'done') return undecided(added);
  for (const { target, batch } of parts) {
    const appended = await transaction.append(within, target, batch);
    if (appended.kind === 'appended') continue;
    if (appended.kind !== 'fenced') await transaction.abort(patience(around, ABORT_MS, signal));
    return undecided(appended);
  }
  const ended = await transaction.commit(patience(around, END_MS, signal));
  switch (ended.kind) {
    case 'ended':
      return { kind: 'decided' };
    case 'broken':
      return undecided(ended);
    case 'fenced':
    case 'unknown':
    case 'refused':
    case 'unavailable':
      return ended;
  }
}

/**
 * An end without data: fences, in the log itself, whatever an older epoch could still send there (E19), and marks a place
 * that only the true leader can have written. Gives the epoch that the marker bears.
 */
export async function writeBarrier(
  producer: TransactionalProducer,
  within: Patience,
): Promise<
  | { readonly kind: 'written'; readonly producerId: bigint; readonly epoch: number }
  | Exclude<DecisionOutcome, { readonly kind: 'decided' }>
> {
  const begun = await producer.begin(within);
  if (begun.kind !== 'begun') return begun;
  const { transaction } = begun;
  const added = await transaction.addPartitions(within, [{ topic: STATE_TOPIC, partition: 0 }]);
  if (added.kind !== 'done') return undecided(added);
  const ended = await transaction.abort(within);
  if (ended.kind !== 'ended') return undecided(ended);
  const { producerId, producerEpoch } = transaction.identity;
  return { kind: 'written', producerId, epoch: producerEpoch };
}

interface Part {
  readonly target: Target;
  readonly batch: ReturnType<typeof toBatches>[number];
}

function partsOf({ records, audit, stateId, auditId }: Decision, nowMs: number): Part[] {
  const state: Target = { topic: STATE_TOPIC, partition: 0, topicId: stateId };
  const lines: Target = { topic: AUDIT_TOPIC, partition: 0, topicId: auditId };
  const lineValues = audit.map((line) => ({ key: null, value: line }));
  return [
    ...toBatches(records, nowMs).map((batch) => ({ target: state, batch })),
    ...toBatches(lineValues, nowMs).map((batch) => ({ target: lines, batch })),
  ];
}

type Stop<K extends string> = { readonly kind: K; readonly reason: string };

/** Nobody was asked to commit it, so it can never count. */
function undecided({
  kind,
  reason,
}: Stop<'fenced' | 'broken' | 'refused' | 'unavailable' | 'unknown'>): Exclude<
  DecisionOutcome,
  { readonly kind: 'decided' | 'unknown' }
> {
  return { kind: kind === 'broken' || kind === 'unknown' ? 'unavailable' : kind, reason };
}
