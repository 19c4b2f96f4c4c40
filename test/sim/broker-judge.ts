/**
 * Reads a broker as a client does, and compares what is there with what its clients know. Shares nothing with the
 * broker's log: what a transaction hides is worked out from the fetch answer alone.
 */
import assert from 'node:assert/strict';
import { fetch } from '../../src/protocol/api/fetch.js';
import { heartbeat } from '../../src/protocol/api/heartbeat.js';
import { listOffsets } from '../../src/protocol/api/list-offsets.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { offsetFetch } from '../../src/protocol/api/offset-fetch.js';
import { errorCode } from '../../src/protocol/errors.js';
import { controlType } from '../../src/protocol/records/control.js';
import { decodeBatch } from '../../src/protocol/records/decode.js';
import { batchesIn } from '../../src/protocol/records/header.js';
import type { Wire } from '../harness/wire.js';
import type { ConsumerGroups } from './broker-load/consumer-members.js';
import { assignmentOf } from './broker-load/consumer-texts.js';
import { type DescribedGroup, describedGroups } from './broker-load/descriptions.js';
import { COMPACTED, type GroupName, keyOf, PLACES, PLAIN, type Place, SHORT } from './broker-load/places.js';
import type { Sent } from './broker-load/produce.js';
import type { Instance } from './broker-load/static-groups.js';
import { judgeAbsent, type Knowledge } from './broker-load/workload.js';

interface Found {
  readonly offset: bigint;
  readonly key: string;
  readonly value: string;
  /** To a read_committed reader. */
  readonly visible: boolean;
}

interface FoundLog {
  readonly start: bigint;
  readonly end: bigint;
  readonly stable: bigint;
  readonly records: readonly Found[];
}

/**
 * Throws an AssertionError at the first promise that is broken. `mayLose`: power was lost without flushes. Nothing may be
 * open any more.
 */
export async function judge(wire: Wire, known: Knowledge, mayLose: boolean): Promise<void> {
  const logs = new Map<string, FoundLog>();
  for (const place of PLACES) logs.set(keyOf(place), await readAll(wire, place));
  for (const [name, log] of logs) judgeShape(name, log);
  await judgeTopics(wire, known);
  await known.changes.judge(wire);
  const plain = logs.get(`${PLAIN}-0`);
  assert.ok(plain);
  const { deleted } = known;
  assert.ok(plain.start >= deleted.acknowledged, `records deleted below ${deleted.acknowledged} are back`);
  if (mayLose) {
    for (const { group, partition, register } of known.offsets.all) {
      // Of a transaction that its coordinator has forgotten, offsets may stay open.
      register.forget(await committedOffset(wire, group, partition, false));
    }
    return;
  }
  assert.ok(plain.start <= deleted.asked, `the log begins at ${plain.start}, nobody deleted behind ${deleted.asked}`);
  assert.equal(logs.get(`${PLAIN}-1`)?.start, 0n);
  for (const [name, { stable, end }] of logs) assert.equal(stable, end, `${name} has an open transaction`);
  for (const sent of known.sent) judgeSent(logs, sent, sent.offset === undefined ? 'perhaps' : 'yes');
  judgeTransactions(logs, known);
  for (const { group, partition, register } of known.offsets.all) {
    register.observe(await committedOffset(wire, group, partition));
  }
  await judgeMembers(wire, known);
}

function judgeShape(name: string, { records, start, end }: FoundLog): void {
  const values = new Set<string>();
  let before = -1n;
  for (const { offset, value } of records) {
    assert.ok(offset > before && offset >= 0n && offset < end, `${name}: offset ${offset} behind ${before}`);
    before = offset;
    assert.ok(!values.has(value), `${name}: ${value.slice(0, 8)} twice`);
    values.add(value);
  }
  assert.ok(start <= end, `${name}: ${start} to ${end}`);
}

/** `perhaps`: nobody knows whether it was appended. */
function judgeSent(
  logs: ReadonlyMap<string, FoundLog>,
  sent: Sent,
  must: 'yes' | 'no' | 'perhaps',
): boolean | undefined {
  const { place, offset, key, value } = sent;
  const log = logs.get(keyOf(place));
  assert.ok(log);
  const what = `${value.slice(0, 8)} in ${keyOf(place)}, told offset ${offset}, log ${log.start}…${log.end}`;
  const found = log.records.find((each) => each.value === value && each.visible);
  if (offset !== undefined && offset < log.start) return undefined;
  if (found && offset !== undefined) assert.equal(found.offset, offset, what);
  if (must === 'no') assert.equal(found, undefined, `${what}: was aborted and is visible`);
  if (must !== 'yes') return found !== undefined;
  if (found === undefined && place.topic === COMPACTED) {
    const later = log.records.find((each) => each.key === key && each.visible && each.offset > (offset ?? 0n));
    assert.ok(later, `${what}: is missing, and no later value of ${key} took its place`);
    return undefined;
  }
  assert.ok(found, `${what}: was acknowledged and is missing`);
  return true;
}

/** Also decides, by what is visible of it, whether an end has happened that nobody was told of. */
function judgeTransactions(logs: ReadonlyMap<string, FoundLog>, { transactions }: Knowledge): void {
  for (const transaction of transactions) {
    const { sent, end, offsets } = transaction;
    if (end === 'committed') {
      for (const each of sent) judgeSent(logs, each, 'yes');
    } else if (end === 'commit-asked') {
      const seen = sent.map((each) => (each.place.topic === COMPACTED ? undefined : judgeSent(logs, each, 'perhaps')));
      assert.ok(!(seen.includes(true) && seen.includes(false)), `half a transaction: ${seen} of ${sent[0]?.value}`);
      if (!seen.includes(true) && !seen.includes(false)) continue;
      // Its offsets count or do not, as its records do.
      for (const { write } of offsets) write.counts = seen.includes(true) ? 'yes' : 'no';
      transaction.end = seen.includes(true) ? 'committed' : 'abort';
    } else {
      for (const each of sent) judgeSent(logs, each, 'no');
    }
  }
}

/** Nobody has what another one has; who was told an epoch is there, at that epoch or a later one. */
async function judgeMembers(wire: Wire, { groups, statics, sessions }: Knowledge): Promise<void> {
  const described = await describedGroups(wire);
  judgeAbsent(described, sessions.gone);
  for (const found of described) {
    judgeOwners(found);
    if (found.group === 'newer' || found.group === 'static-newer') judgeEpochs(found, groups);
  }
  const newer = described.find(({ group }) => group === 'newer');
  for (const { group, memberId, epoch, owned, isUnsure, session } of groups.living) {
    if (group !== 'newer' || epoch < 0 || session.mayBeOver) continue;
    const found = newer?.members.find((each) => each.memberId === memberId);
    assert.ok(found, `${memberId} was told epoch ${epoch} and is not there`);
    assert.ok(found.epoch >= epoch, `${memberId} was told epoch ${epoch} and is at ${found.epoch}`);
    for (const place of owned) {
      const holder = newer?.members.find(({ places }) => places.includes(place))?.memberId;
      assert.ok(holder === undefined || holder === memberId, `${memberId} has ${place}, and ${holder} is given it`);
      // Of topics that come and go a description tells only as long as they are there.
      const comesAndGoes = !place.startsWith(`${groups.topicId} `);
      const isTold = comesAndGoes || isUnsure || holder !== undefined || found.epoch > epoch;
      assert.ok(isTold, `${memberId} has lost ${place}`);
    }
  }
  for (const instance of statics.instances) {
    const found = described.find(({ group, members }) => group === instance.group && members.length > 0);
    await judgeInstance(wire, instance, { found, isKept: statics.of(instance.group).keeps(instance) });
  }
}

/** A partition has one owner, and an instance id one member. */
function judgeOwners({ group, members }: DescribedGroup): void {
  const holders = new Map<string, string>();
  const instances = new Map<string, string>();
  for (const { memberId, instanceId, places } of members) {
    for (const place of places) {
      assert.equal(holders.get(place), undefined, `${place} of ${group} is ${memberId}'s too`);
      holders.set(place, memberId);
    }
    if (instanceId === null) continue;
    assert.equal(instances.get(instanceId), undefined, `${memberId} of ${group} is ${instanceId} too`);
    instances.set(instanceId, memberId);
  }
}

/** What anybody was told is not behind what is there now. */
function judgeEpochs({ group, epoch, assignmentEpoch, members }: DescribedGroup, groups: ConsumerGroups): void {
  const told = groups.epochOf(group as GroupName).highest;
  assert.ok(assignmentEpoch >= told, `${group} is assigned epoch ${assignmentEpoch}, and members were told ${told}`);
  assert.ok(epoch >= assignmentEpoch, `${group} is at ${epoch}, and is assigned ${assignmentEpoch}`);
  for (const each of members) {
    assert.ok(
      each.epoch <= assignmentEpoch,
      `${each.memberId} of ${group} is at ${each.epoch}, not ${assignmentEpoch}`,
    );
  }
}

/** Whose coming is written down is in force, and what it had it has. */
async function judgeInstance(
  wire: Wire,
  instance: Instance,
  now: { readonly found: DescribedGroup | undefined; readonly isKept: boolean },
): Promise<void> {
  const { group: groupId, instanceId, memberId, epoch, assignment, isUnsure, isThere, isAway, session } = instance;
  if (isUnsure || session.mayBeOver || !(isThere || isAway)) return;
  const what = `${instanceId} of ${groupId}, who is ${memberId} at ${epoch},`;
  const found = now.found?.members.find((each) => each.instanceId === instanceId);
  if (!now.isKept) {
    // A rebalance that was waited for it may have put a classic self out.
    if (instance.protocol === 'newer') assert.equal(found?.memberId, memberId, `${what} is not there`);
    return;
  }
  assert.equal(found?.memberId, memberId, `${what} is not there`);
  if (groupId === 'static-classic') {
    assert.equal(now.found?.state, 'Stable', groupId);
    const { token } = assignmentOf(found?.assignment ?? Buffer.alloc(0));
    assert.equal(token, assignment?.token, `${what} has another assignment`);
    const asked = { groupId, memberId, groupInstanceId: instanceId, generationId: epoch };
    const { errorCode: code } = await wire.ask(heartbeat, asked);
    assert.equal(code, 0, `${what} was answered ${code}`);
    return;
  }
  assert.equal(found?.epoch, isAway ? -2 : epoch, what);
  for (const place of instance.owned) assert.ok(found?.places.includes(place), `${what} has lost ${place}`);
}

async function committedOffset(wire: Wire, groupId: string, partition: number, requireStable = true): Promise<number> {
  const topics = [{ name: PLAIN, partitionIndexes: [partition] }];
  const { groups } = await wire.ask(offsetFetch, { groups: [{ groupId, topics }], requireStable }, 8);
  const found = groups[0]?.topics[0]?.partitions[0];
  assert.equal(found?.errorCode, 0, `OffsetFetch of ${groupId}`);
  return Number(found?.committedOffset);
}

async function judgeTopics(wire: Wire, known: Knowledge): Promise<void> {
  const { topics } = await wire.ask(metadata, { topics: null });
  const names = new Set(topics.map(({ name }) => name));
  for (const name of [PLAIN, SHORT, COMPACTED]) assert.ok(names.has(name), `topic ${name} is there`);
  for (const [name, state] of known.topics) {
    if (state === 'unknown') known.topics.set(name, names.has(name) ? 'there' : 'gone');
    else assert.equal(names.has(name), state === 'there', `topic ${name} is ${state}`);
  }
}

async function startOf(wire: Wire, name: string, partitionIndex: number): Promise<bigint> {
  const partitions = [{ partitionIndex, currentLeaderEpoch: -1, timestamp: -2n }];
  const answer = await wire.ask(listOffsets, { replicaId: -1, isolationLevel: 0, topics: [{ name, partitions }] });
  return answer.topics[0]?.partitions[0]?.offset ?? -1n;
}

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

async function readAt(wire: Wire, { topic, partition }: Place, fetchOffset: bigint, isolationLevel: number) {
  const partitions = [{ partition, fetchOffset, currentLeaderEpoch: -1, partitionMaxBytes: 1_000_000 }];
  const request = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, isolationLevel, sessionEpoch: -1 };
  const answer = await wire.ask(fetch, { ...request, topics: [{ topic, partitions }] }, 12);
  const found = answer.responses[0]?.partitions[0];
  assert.ok(found);
  // Retention works on while records are read.
  const isGone = topic === SHORT && found.errorCode === errorCode.OFFSET_OUT_OF_RANGE;
  if (!isGone) assert.equal(found.errorCode, 0, `fetch of ${topic}-${partition} at ${fetchOffset}`);
  return { ...found, isGone };
}

async function readAll(wire: Wire, { topic, partition }: Place): Promise<FoundLog> {
  const records: { offset: bigint; key: string; value: string; producerId: bigint; transactional: boolean }[] = [];
  const aborted: { producerId: bigint; firstOffset: bigint; lastOffset: bigint; endBefore: bigint }[] = [];
  const ended = new Map<bigint, bigint>();
  const open = new Map<bigint, bigint>();
  const told: { readonly producerId: bigint; readonly firstOffset: bigint }[] = [];
  let fetchOffset = await startOf(wire, topic, partition);
  for (;;) {
    const found = await readAt(wire, { topic, partition }, fetchOffset, READ_COMMITTED);
    if (found.isGone) {
      const logStart = await startOf(wire, topic, partition);
      assert.ok(logStart > fetchOffset, `${topic}-${partition} is said not to reach back to ${fetchOffset}`);
      fetchOffset = logStart;
      continue;
    }
    told.push(...(found.abortedTransactions ?? []));
    const from = fetchOffset;
    for (const batch of batchesIn(found.records ?? Buffer.alloc(0))) {
      assert.ok(batch.kind === 'batch' && batch.crcMatches(), `${topic}-${partition}: a damaged batch`);
      fetchOffset = batch.nextOffset;
      const { producerId } = batch;
      for (const record of decodeBatch(batch)) {
        if (batch.isControl) {
          const firstOffset = open.get(producerId);
          open.delete(producerId);
          if (controlType(record.key) === 'abort' && firstOffset !== undefined) {
            aborted.push({
              producerId,
              firstOffset,
              lastOffset: record.offset,
              endBefore: ended.get(producerId) ?? -1n,
            });
          }
          ended.set(producerId, record.offset);
          continue;
        }
        if (batch.isTransactional && !open.has(producerId)) open.set(producerId, batch.baseOffset);
        if (record.offset < found.logStartOffset) continue;
        records.push({
          offset: record.offset,
          key: String(record.key),
          value: String(record.value),
          producerId,
          transactional: batch.isTransactional,
        });
      }
    }
    if (fetchOffset !== from) continue;
    // It lies in front of the log where an open transaction has lost its first records: nothing is read then.
    const isInFront = fetchOffset === found.logStartOffset && found.lastStableOffset < fetchOffset;
    if (fetchOffset !== found.lastStableOffset && !isInFront) {
      // What compaction removed right below an open transaction keeps a reader where it is, as in Kafka.
      const { records: behind } = await readAt(wire, { topic, partition }, fetchOffset, READ_UNCOMMITTED);
      const [next] = batchesIn(behind ?? Buffer.alloc(0));
      const isGap = topic === COMPACTED && next?.kind === 'batch' && next.baseOffset >= found.lastStableOffset;
      assert.ok(isGap, `${topic}-${partition} can be read to ${fetchOffset}, not to its end`);
    }
    const hides = (each: (typeof records)[number]) =>
      each.transactional &&
      aborted.some(
        (one) => one.producerId === each.producerId && one.firstOffset <= each.offset && each.offset < one.lastOffset,
      );
    for (const one of aborted) {
      if (one.firstOffset < found.logStartOffset) continue;
      // Compaction may have taken what it began with: it is told to begin there still.
      const isTold = told.some(
        ({ producerId, firstOffset }) =>
          producerId === one.producerId && one.endBefore < firstOffset && firstOffset <= one.firstOffset,
      );
      assert.ok(isTold, `${topic}-${partition}: a reader is not told of an abort`);
    }
    return {
      start: found.logStartOffset,
      end: found.highWatermark,
      stable: found.lastStableOffset,
      records: records.map((each) => ({ ...each, visible: !hides(each) })),
    };
  }
}
