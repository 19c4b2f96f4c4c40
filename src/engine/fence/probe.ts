/**
 * What does this cluster allow? On a scratch topic that denies everybody to write: only a super user's write passes (X17).
 * The topic and its line are taken away whatever happens; what a killed probe has left, the next one takes away. Refuses
 * a principal that is no super user, and says what to do. Spec: docs/spec/fence.md 6.1.
 */
import { sleep } from '../../base/clock.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { addAcls, removeAcls } from '../../client/admin/acls.js';
import { ADMIN_PURPOSE, refusal } from '../../client/admin/ask.js';
import { createTopic, deleteTopic } from '../../client/admin/topics.js';
import { type KafkaCluster, KafkaError, NotSent, type Surroundings } from '../../client/types.js';
import type { FenceMode } from '../../model/link.js';
import { produce } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import { encodeBatch } from '../../protocol/records/encode.js';
import { isUnauthorized, ofError, type Refused, refused, type Unavailable } from '../outcome.js';
import { probeLine } from './lines.js';
import { readFences, saysDisabled } from './shown.js';

export const SCRATCH_PREFIX = '_klink.probe-';
const ANSWER_TIMEOUT_MS = 15_000;
/** From the topic's creation until its leader has told what it thinks of a write. */
const WRITE_WITHIN_MS = 20_000;
const CLEAN_ATTEMPTS_MAX = 6;
const PAUSE: Backoff = { firstMs: 20, capMs: 1_000 };

export interface ProbeTools extends Pick<Surroundings, 'clock' | 'random' | 'log'> {
  readonly cluster: KafkaCluster;
}

export type ProbeOutcome = { readonly kind: 'done'; readonly fence: FenceMode } | Refused | Unavailable;

const NO_AUTHORIZER: ProbeOutcome = {
  kind: 'done',
  fence: {
    mode: 3,
    reason: 'The destination runs no authorizer: klink detects foreign writes, but nothing prevents them.',
  },
};
const NO_SUPER_USER =
  "klink's principal is no super user of the destination, so that a fence would shut klink out as well. " +
  'Add it to super.users of every broker and controller, restart them, and try again.';

/** One at a time: a probe takes every scratch topic away. */
export async function probeFence(tools: ProbeTools): Promise<ProbeOutcome> {
  const scratch = `${SCRATCH_PREFIX}${tools.random.bytes(8).toString('hex')}`;
  try {
    for (const left of await leftOver(tools.cluster)) await clean(tools, left);
    return await tryAndClean(tools, scratch);
  } catch (error) {
    if (saysDisabled(error)) return NO_AUTHORIZER;
    const outcome = ofError(error);
    // A right that is missing says the same as a write that is refused.
    if (outcome.kind !== 'refused' || !isUnauthorized(outcome.code)) return outcome;
    return refused(`${NO_SUPER_USER} (${outcome.reason})`, outcome.code);
  }
}

async function leftOver(cluster: KafkaCluster): Promise<ReadonlySet<string>> {
  const shown = await readFences(cluster, 'any');
  const { topics } = await cluster.metadata('all');
  const names = [...shown.keys(), ...topics.map(({ name }) => name)];
  return new Set(names.filter((name) => name.startsWith(SCRATCH_PREFIX)));
}

async function tryAndClean(tools: ProbeTools, scratch: string): Promise<ProbeOutcome> {
  try {
    return await tryWriting(tools, scratch);
  } finally {
    await clean(tools, scratch);
  }
}

async function tryWriting({ cluster, clock, random }: ProbeTools, scratch: string): Promise<ProbeOutcome> {
  // [6.1] The line before the topic, as every fence is made.
  await addAcls(cluster, [probeLine(scratch)]);
  await createTopic(cluster, { name: scratch, partitions: 1, replicationFactor: -1 });
  const endMs = clock.monotonicMs() + WRITE_WITHIN_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      await writeOnce(cluster, scratch, clock.nowMs());
      return { kind: 'done', fence: { mode: 1 } };
    } catch (error) {
      // A second write does no harm, and the topic may not be everywhere yet.
      if (ofError(error).kind === 'refused' || clock.monotonicMs() >= endMs) throw error;
    }
    await sleep(clock, backoffMs(PAUSE, attempt, random));
  }
}

/** The line must stand at the leader before and after, or the write has tried nothing. Rejects unless it passed. */
async function writeOnce(cluster: KafkaCluster, scratch: string, nowMs: number): Promise<void> {
  const topic = (await cluster.metadata([scratch])).topics[0];
  const leader = topic?.partitions[0]?.leader ?? -1;
  if (topic === undefined || leader < 0) throw new NotSent(`${scratch} has no leader yet`);
  await demandLine(cluster, leader, scratch);
  const channel = await cluster.channel(leader, ADMIN_PURPOSE);
  const records = encodeBatch({ records: [{ timestamp: BigInt(nowMs), value: Buffer.from('probe') }] });
  const answer = await channel.send(
    produce,
    {
      transactionalId: null,
      acks: -1,
      timeoutMs: ANSWER_TIMEOUT_MS,
      topicData: [{ name: scratch, topicId: topic.topicId, partitionData: [{ index: 0, records }] }],
    },
    { timeoutMs: ANSWER_TIMEOUT_MS + 5_000 },
  );
  const code = answer.responses[0]?.partitionResponses[0]?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  if (!PASSED.has(code)) throw refusal(code, `writing to ${scratch}`);
  await demandLine(cluster, leader, scratch);
}

/** Brokers ask for the right first: the others speak of replicas, after the right was found. */
const PASSED: ReadonlySet<number> = new Set([
  errorCode.NONE,
  errorCode.NOT_ENOUGH_REPLICAS,
  errorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  errorCode.REQUEST_TIMED_OUT,
]);

async function demandLine(cluster: KafkaCluster, broker: number, scratch: string): Promise<void> {
  const shown = await readFences(cluster, broker, scratch);
  if (!shown.has(scratch)) throw new NotSent(`broker ${broker} does not show the line of ${scratch} yet`);
}

/** The topic first: without its line, another probe that uses it would take its principal for a super user. */
async function clean({ cluster, clock, random, log }: ProbeTools, scratch: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await deleteTopic(cluster, scratch).catch((error: unknown) => {
        if (!(error instanceof KafkaError && error.code === errorCode.UNKNOWN_TOPIC_OR_PARTITION)) throw error;
      });
      await removeAcls(cluster, [probeLine(scratch)]);
      return;
    } catch (error) {
      const outcome = ofError(error);
      if (outcome.kind === 'refused' || attempt >= CLEAN_ATTEMPTS_MAX) {
        log.warn(
          { topic: scratch, reason: outcome.reason },
          'a scratch topic is left over; the next probe takes it away',
        );
        return;
      }
      await sleep(clock, backoffMs(PAUSE, attempt, random));
    }
  }
}
