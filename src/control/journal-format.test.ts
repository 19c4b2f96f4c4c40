import assert from 'node:assert/strict';
import test from 'node:test';
import { LINK, links, mirrorEvents, mirrors, recorded, stateOf, TOPIC } from '../../test/harness/control-samples.js';
import type { PartitionMemory } from '../model/assignment.js';
import { apply } from './apply.js';
import { type Observation, observationRecord, readMemories, readState, toAudit, toRecords } from './journal-format.js';

const memory = (sourceEnd: bigint): PartitionMemory => ({
  provenPoints: [{ offset: 2n ** 60n, nextSequence: 3, destinationLogStart: 0n, destinationEpoch: 1, sourceEpoch: -1 }],
  sourceEpochs: [{ epoch: 0, offset: 0n }],
  lastSourceFetchOffset: 9_007_199_254_740_993n,
  sourceEnd,
  sourceLogStart: 0n,
  sourceSeenAtMs: 17,
});
const observation = (stamp: Observation['stamp'], sourceEnd: bigint, partition = 0): Observation => {
  return { linkId: LINK, mirrorTopic: TOPIC, partition, stamp, memory: memory(sourceEnd) };
};

test('journal: every state of link and mirror is read back as it was written [5.1]', () => {
  for (const mirror of Object.values(mirrors)) {
    for (const link of Object.values(links)) {
      const after = stateOf(link, mirror);
      const events = [
        recorded({ kind: 'link-recovered', linkId: LINK }),
        recorded({ kind: 'mirror-paused', linkId: LINK, mirrorTopic: TOPIC }),
      ];
      const written = toRecords(events, after);
      const read = readState(written);
      assert.ok(read.ok);
      assert.deepEqual(read.value.stamp, { epoch: 1, number: 8 });
      // Fields that are undefined are not written; to whoever reads them that is the same.
      assert.deepEqual(toRecords(events, read.value), written);
      assert.deepEqual([...read.value.links.keys(), ...read.value.mirrors.keys()], [LINK, `${LINK}/${TOPIC}`]);
    }
  }
});

test('journal: one decision is one record for each entity, and one audit line for each event [5.1]', () => {
  const events = [mirrorEvents['partitions-failed'], mirrorEvents['failover-begun']].map((event) => recorded(event));
  const after = events.reduce(apply, stateOf(links.ACTIVE, mirrors.ACTIVE));
  assert.deepEqual(
    toRecords(events, after).map(({ key }) => key),
    [`mirror/${LINK}/${TOPIC}`],
  );
  assert.equal(toAudit(events).length, 2);
});

test('journal: a decision that only forgets still leaves its stamp [5.3]', () => {
  const events = [recorded(mirrorEvents['mirror-forgotten'])];
  const after = events.reduce(apply, stateOf(links.ACTIVE, mirrors.ACTIVE));
  const records = toRecords(events, after);
  assert.equal(records[0]?.value, null);
  const read = readState(records);
  assert.ok(read.ok);
  assert.deepEqual(read.value.stamp, { epoch: 1, number: 8 });
});

test('journal: unknown formats and kinds are refused, not guessed at [5.1]', () => {
  const value = (format: unknown) => JSON.stringify({ format, stamp: { epoch: 1, number: 1 }, state: {} });
  for (const entry of [
    { key: `link/${LINK}`, value: value(2) },
    { key: `link/${LINK}`, value: 'no JSON' },
    { key: 'plan/x', value: value(1) },
  ]) {
    assert.equal(readState([entry]).ok, false, JSON.stringify(entry));
  }
});

test('observations: read back to the last digit [5.2]', () => {
  const state = stateOf(links.ACTIVE, mirrors.ACTIVE);
  const read = readMemories([observationRecord(observation({ epoch: 1, number: 5 }, 4n))], state);
  assert.deepEqual(read.get(`${LINK}/${TOPIC}`)?.get(0), memory(4n));
});

test('observations: of an earlier mirror of that name, and of none, are dropped [5.2]', () => {
  const state = stateOf(links.ACTIVE, mirrors.ACTIVE);
  const earlier = observationRecord(observation({ epoch: 1, number: 1 }, 4n));
  assert.equal(readMemories([earlier], state).size, 0);
  assert.equal(readMemories([earlier], stateOf(links.ACTIVE, undefined)).size, 0);
});

test('observations: a late one of an older owner does not replace a newer one (T8) [5.2]', () => {
  const state = stateOf(links.ACTIVE, mirrors.ACTIVE);
  const records = [
    observation({ epoch: 2, number: 9 }, 10n),
    observation({ epoch: 1, number: 9 }, 4n),
    observation({ epoch: 1, number: 9 }, 6n, 1),
    observation({ epoch: 1, number: 9 }, 7n, 1),
  ].map(observationRecord);
  const read = readMemories(records, state).get(`${LINK}/${TOPIC}`);
  assert.equal(read?.get(0)?.sourceEnd, 10n);
  assert.equal(read?.get(1)?.sourceEnd, 7n, 'under the same decision the later one counts');
});
