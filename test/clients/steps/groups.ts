/** Two members share the partitions, one leaves, the other takes over; who comes later goes on behind what was committed. */
import assert from 'node:assert/strict';
import { consumerGroupHeartbeat } from '../../../src/protocol/api/consumer-group-heartbeat.js';
import { errorCode } from '../../../src/protocol/errors.js';
import { until } from '../../harness/until.js';
import type { GroupProtocol } from '../job.js';
import { makeRecords, writeRecords } from '../records.js';
import type { Running } from '../run-program.js';
import type { Stage } from '../stage.js';

const PARTITIONS = 4;
const EACH = 5;
const SETTLED_WITHIN_MS = 20_000;

export async function offersProtocol(stage: Stage, protocol: GroupProtocol): Promise<boolean> {
  if (protocol === 'classic') return true;
  const wire = await stage.wire();
  try {
    if (wire.range(consumerGroupHeartbeat) === undefined) return false;
    // 3.9 advertises it, and refuses it unless the newer groups are switched on.
    const { errorCode: code } = await wire.ask(consumerGroupHeartbeat, { groupId: 'is it offered' });
    return code !== errorCode.UNSUPPORTED_VERSION;
  } finally {
    wire.close();
  }
}

export async function share(stage: Stage, protocol: GroupProtocol): Promise<void> {
  const topic = `shared-${protocol}`;
  const group = `group-${protocol}`;
  await stage.createTopic(topic, PARTITIONS);
  const join = () =>
    stage.start('member', { ...stage.at, topic, group, protocol, sessionTimeoutMs: 10_000, heartbeatMs: 300 });
  let sent = 0;
  const send = async () => {
    await writeMore(stage, topic);
    sent += EACH;
  };
  await send();
  const first = join();
  await first.until('the first has all partitions', () => assigned(first).length === PARTITIONS, SETTLED_WITHIN_MS);
  await first.until('the first has read all', () => read(first).length === sent * PARTITIONS);
  await committed(stage, group, topic, sent);

  const second = join();
  const isShared = () => assigned(first).length === 2 && assigned(second).length === 2;
  await second.until('two each', isShared, SETTLED_WITHIN_MS);
  assert.deepEqual([...assigned(first), ...assigned(second)].sort(), [0, 1, 2, 3], 'each partition has one reader');
  if (stage.row.handsOutLate) {
    // With these every fetch has come back that was under way when partitions were given up.
    const late = sent;
    await send();
    for (const member of [first, second]) await member.until('its own', () => ownFrom(member, late) === 2 * EACH);
  }
  const shared = sent;
  await send();
  await first.until('the second half of the first', () => readFrom(first, shared) === 2 * EACH);
  await second.until('all of the second', () => readFrom(second, shared) === 2 * EACH);
  for (const member of [first, second]) {
    assert.equal(ownFrom(member, shared), 2 * EACH, 'records of its own partitions');
  }

  await first.end();
  await second.until('the other takes over', () => assigned(second).length === PARTITIONS, SETTLED_WITHIN_MS);
  const takenOver = sent;
  await send();
  await second.until('all of the other', () => readFrom(second, takenOver) === EACH * PARTITIONS);
  await second.end();
  await committed(stage, group, topic, sent);

  await send();
  const third = join();
  await third.until('it goes on', () => read(third).length === EACH * PARTITIONS);
  await third.end();
  for (const { offset } of read(third)) assert.ok(offset >= sent - EACH, 'what was committed is not read again');
  for (const [who, member] of [first, second].entries()) assertOnce(read(member), `the member ${who}`);
  await committed(stage, group, topic, sent);
}

/** `EACH` records more in every partition, by the client itself. */
async function writeMore(stage: Stage, topic: string): Promise<void> {
  const records = makeRecords({ seed: 99, count: EACH, repeatsHeaders: false, largest: 100 });
  const file = writeRecords(stage.file(), records);
  const parts = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    compression: 'none' as const,
    idempotent: false,
    records: file,
  }));
  await stage.run('produce', { ...stage.at, topic, parts });
}

const assigned = (member: Running): readonly number[] => member.all('assigned').at(-1) ?? [];
const read = (member: Running) => member.all('record');
const readFrom = (member: Running, offset: number): number =>
  read(member).filter((each) => each.offset >= offset).length;

/** Of the partitions that it has now. */
function ownFrom(member: Running, offset: number): number {
  const own = assigned(member);
  return read(member).filter((each) => each.offset >= offset && own.includes(each.partition)).length;
}

function assertOnce(records: readonly { readonly partition: number; readonly offset: number }[], who: string): void {
  const places = records.map(({ partition, offset }) => `${partition}/${offset}`);
  assert.equal(new Set(places).size, places.length, `${who} reads nothing twice`);
}

/** In every partition, as the driver's own client is told. */
async function committed(stage: Stage, group: string, topic: string, offset: number): Promise<void> {
  const admin = await stage.admin();
  let last: unknown;
  await until(`all committed at ${offset}`, SETTLED_WITHIN_MS, async () => {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    last = found?.partitions;
    return found?.partitions.length === PARTITIONS && found.partitions.every((each) => Number(each.offset) === offset);
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}`);
  });
}
