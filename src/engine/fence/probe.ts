/**
 * What does this cluster allow? On a scratch topic that denies everybody to write: only a super user's write passes (X17).
 * Where it does not, a line for klink alone tells whether Kafka knows it by the name it logs in with, and one for nobody
 * whether it is let in by a grant (6.6). The topic and its lines are taken away whatever happens; what a killed probe has
 * left, the next one takes away. Refuses a principal that lacks a right, and names it. Spec: docs/spec/fence.md 6.1.
 */
import { sleep } from '../../base/clock.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { type AclBinding, aclText, addAcls, removeAcls } from '../../client/admin/acls.js';
import { ADMIN_PURPOSE, refusal } from '../../client/admin/ask.js';
import { createTopic, deleteTopic } from '../../client/admin/topics.js';
import { type KafkaCluster, KafkaError, NotSent, type Surroundings } from '../../client/types.js';
import type { FenceMode } from '../../model/link.js';
import { markerRightUntil37, rightInWords } from '../../model/rights.js';
import { produce } from '../../protocol/api/produce.js';
import { errorCode } from '../../protocol/errors.js';
import { encodeBatch } from '../../protocol/records/encode.js';
import { sendMarkers } from '../copy/markers.js';
import { isUnauthorized, ofError, type Refused, refused, type Unavailable } from '../outcome.js';
import { principalLine, probeLine } from './lines.js';
import { missingOfCluster, missingRights } from './missing-rights.js';
import { denials, naming, readAt, saysDisabled } from './shown.js';

export const SCRATCH_PREFIX = '_klink.probe-';
/** Nobody logs in under this name, and it is no mark: a scratch topic is no mirror. */
const NOBODY = 'User:klink-probe';
const ANSWER_TIMEOUT_MS = 15_000;
/** From the topic's creation until its leader has told what it thinks of a write. */
const WRITE_WITHIN_MS = 20_000;
const CLEAN_ATTEMPTS_MAX = 6;
const PAUSE: Backoff = { firstMs: 20, capMs: 1_000 };

export interface ProbeTools extends Pick<Surroundings, 'clock' | 'random' | 'log'> {
  readonly cluster: KafkaCluster;
  /** `User:klink`; undefined: klink logs in without a name of its own. */
  readonly principal?: string | undefined;
}

export type ProbeOutcome = { readonly kind: 'done'; readonly fence: FenceMode } | Refused | Unavailable;

const NO_AUTHORIZER: ProbeOutcome = {
  kind: 'done',
  fence: {
    mode: 3,
    reason: 'The destination runs no authorizer: klink detects foreign writes, but nothing prevents them.',
  },
};
const NOT_FENCED =
  "klink's principal is no super user of the destination, and cannot fence mirror topics without being one: ";
const BE_SUPER_USER =
  'Put that right, or add klink to super.users of every broker and controller, restart them, and try again.';

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
    return notFenced(await whatIsMissing(tools.cluster, outcome.reason));
  }
}

function notFenced(why: string): ProbeOutcome {
  return refused(`${NOT_FENCED}${why}. ${BE_SUPER_USER}`, errorCode.CLUSTER_AUTHORIZATION_FAILED);
}

/** The cluster says what it can; where it says nothing is missing, a topic could not be made. */
async function whatIsMissing(cluster: KafkaCluster, reason: string): Promise<string> {
  try {
    const missing = await missingOfCluster(cluster);
    return missing.length > 0
      ? `it lacks ${missing.map(rightInWords).join(', ')} (${reason})`
      : `it lacks CREATE on TOPIC * or CLUSTER kafka-cluster, or DESCRIBE, DELETE or WRITE on TOPIC * (${reason})`;
  } catch (error) {
    return `${reason}; what it lacks is not known: ${ofError(error).reason}`;
  }
}

async function leftOver(cluster: KafkaCluster): Promise<ReadonlySet<string>> {
  const shown = await readAt(cluster, 'any', denials);
  const { topics } = await cluster.metadata('all');
  const names = [...shown.map(({ resourceName }) => resourceName), ...topics.map(({ name }) => name)];
  return new Set(names.filter((name) => name.startsWith(SCRATCH_PREFIX)));
}

async function tryAndClean(tools: ProbeTools, scratch: string): Promise<ProbeOutcome> {
  try {
    return await tryWriting(tools, scratch);
  } finally {
    await clean(tools, scratch);
  }
}

async function tryWriting(tools: ProbeTools, scratch: string): Promise<ProbeOutcome> {
  const { cluster, principal } = tools;
  // [6.1] The line before the topic, as every fence is made.
  const everybody = probeLine(scratch);
  await addAcls(cluster, [everybody]);
  await createTopic(cluster, { name: scratch, partitions: 1, replicationFactor: -1 });
  if (await mayWrite(tools, scratch, [everybody])) return { kind: 'done', fence: { mode: 1 } };
  if (principal === undefined) {
    return notFenced('it logs in by token, by certificate or not at all, without a name that a fence could leave out');
  }
  // [6.6] Is it klink whom Kafka knows by that name? A fence that leaves out somebody else would shut klink out.
  const ours = principalLine(scratch, principal, 'WRITE');
  await addAcls(cluster, [ours]);
  await removeAcls(cluster, [everybody]);
  if (await mayWrite(tools, scratch, [ours])) return notFenced(`Kafka knows it by another name than ${principal}`);
  // A fence shuts out whom no grant lets in, also where brokers are open to whom no ACL names.
  const nobodys = principalLine(scratch, NOBODY, 'WRITE');
  await addAcls(cluster, [nobodys]);
  await removeAcls(cluster, [ours]);
  const allowed = await mayWrite(tools, scratch, [nobodys]);
  const missing = await missingRights(cluster, scratch, (await placeOf(cluster, scratch)).leader);
  if (missing.length > 0) return notFenced(`it lacks ${missing.map(rightInWords).join(', ')}`);
  if (!allowed) return notFenced('it lacks WRITE on TOPIC *');
  if (!(await mayMark(cluster, scratch))) return notFenced(`it lacks ${rightInWords(markerRightUntil37)}`);
  return { kind: 'done', fence: { mode: 2, principal } };
}

/** [10.3] One marker of a producer that never was. Any other answer than a refusal speaks of the log, not of the right. */
async function mayMark(cluster: KafkaCluster, scratch: string): Promise<boolean> {
  const channel = await cluster.channel((await placeOf(cluster, scratch)).leader, ADMIN_PURPOSE);
  const request = { producerId: NOBODYS_ID, epoch: 0, entries: 1, targets: [{ topic: scratch, partition: 0 }] };
  const codes = await sendMarkers(channel, request, ANSWER_TIMEOUT_MS);
  return ![...codes.values()].includes(errorCode.CLUSTER_AUTHORIZATION_FAILED);
}

const NOBODYS_ID = 2n ** 62n;

/** Whoever may do nothing with a topic is not told of it: that is a refusal, and one to write as well. */
async function placeOf(cluster: KafkaCluster, scratch: string): Promise<{ leader: number; topicId: string }> {
  const [topic] = (await cluster.metadata([scratch])).topics;
  if (isUnauthorized(topic?.errorCode)) throw refusal(topic?.errorCode ?? 0, `looking for ${scratch}`);
  const leader = topic?.partitions[0]?.leader ?? -1;
  if (topic === undefined || leader < 0) throw new NotSent(`${scratch} has no leader yet`);
  return { leader, topicId: topic.topicId };
}

/** A second write does no harm, and topic and lines may not be everywhere yet. */
async function mayWrite(
  { cluster, clock, random }: ProbeTools,
  scratch: string,
  lines: readonly AclBinding[],
): Promise<boolean> {
  const endMs = clock.monotonicMs() + WRITE_WITHIN_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      await writeOnce(cluster, scratch, lines, clock.nowMs());
      return true;
    } catch (error) {
      if (error instanceof KafkaError && error.code === errorCode.TOPIC_AUTHORIZATION_FAILED) return false;
      if (ofError(error).kind === 'refused' || clock.monotonicMs() >= endMs) throw error;
    }
    await sleep(clock, backoffMs(PAUSE, attempt, random));
  }
}

/** Just these lines must stand at the leader before and after, or the write has tried nothing. Rejects unless it passed. */
async function writeOnce(
  cluster: KafkaCluster,
  scratch: string,
  lines: readonly AclBinding[],
  nowMs: number,
): Promise<void> {
  const { leader, topicId } = await placeOf(cluster, scratch);
  await demandLines(cluster, leader, scratch, lines);
  const channel = await cluster.channel(leader, ADMIN_PURPOSE);
  const records = encodeBatch({ records: [{ timestamp: BigInt(nowMs), value: Buffer.from('probe') }] });
  const answer = await channel.send(
    produce,
    {
      transactionalId: null,
      acks: -1,
      timeoutMs: ANSWER_TIMEOUT_MS,
      topicData: [{ name: scratch, topicId, partitionData: [{ index: 0, records }] }],
    },
    { timeoutMs: ANSWER_TIMEOUT_MS + 5_000 },
  );
  const code = answer.responses[0]?.partitionResponses[0]?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR;
  await demandLines(cluster, leader, scratch, lines);
  if (!PASSED.has(code)) throw refusal(code, `writing to ${scratch}`);
}

/** Brokers ask for the right first: the others speak of replicas, after the right was found. */
const PASSED: ReadonlySet<number> = new Set([
  errorCode.NONE,
  errorCode.NOT_ENOUGH_REPLICAS,
  errorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  errorCode.REQUEST_TIMED_OUT,
]);

async function demandLines(
  cluster: KafkaCluster,
  broker: number,
  scratch: string,
  lines: readonly AclBinding[],
): Promise<void> {
  const shown = await readAt(cluster, broker, naming(scratch));
  const texts = shown.map(aclText).sort();
  const wanted = lines.map(aclText).sort();
  if (texts.length === wanted.length && texts.every((text, at) => text === wanted[at])) return;
  throw new NotSent(`broker ${broker} does not show the lines of ${scratch} yet`);
}

/** The topic first: without its line, another probe that uses it would take its principal for a super user. */
async function clean({ cluster, clock, random, log, principal }: ProbeTools, scratch: string): Promise<void> {
  const lines = [NOBODY, ...(principal === undefined ? [] : [principal])].map((each) =>
    principalLine(scratch, each, 'WRITE'),
  );
  for (let attempt = 0; ; attempt++) {
    try {
      await deleteTopic(cluster, scratch).catch((error: unknown) => {
        if (!(error instanceof KafkaError && error.code === errorCode.UNKNOWN_TOPIC_OR_PARTITION)) throw error;
      });
      await removeAcls(cluster, [probeLine(scratch), ...lines]);
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
