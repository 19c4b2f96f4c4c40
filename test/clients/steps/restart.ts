/** The broker is killed with -9 and started again while the client writes and a member of a group reads. */
import assert from 'node:assert/strict';
import { cannot } from '../row.js';
import type { Stage } from '../stage.js';
import { readAll } from './transactions.js';

const BEFORE = 60;
const AFTER = 60;

export async function restart(stage: Stage): Promise<void> {
  const topic = 'restarted';
  // A fetch is then refused in the last partition of its answer, if in any.
  const partitions = stage.row.misreadsTags ? 1 : 2;
  const idempotent = !cannot(stage.row.steps.produce.idempotent);
  await stage.createTopic(topic, partitions);
  const member = stage.start('member', {
    ...stage.at,
    topic,
    group: 'restarted',
    protocol: 'classic',
    sessionTimeoutMs: 10_000,
    heartbeatMs: 300,
  });
  await member.until('assigned', () => member.all('assigned').at(-1)?.length === partitions);
  const stream = stage.start('stream', { ...stage.at, topic, partitions, idempotent, pauseMs: 5 });
  await stream.until(`${BEFORE} acknowledged`, () => stream.all('acked').length >= BEFORE);
  await stage.broker.kill9();
  const before = stream.all('acked').length;
  await stage.broker.start();
  await stream.until(`${AFTER} more acknowledged`, () => stream.all('acked').length >= before + AFTER);
  const answers = await stream.end();
  const acked = answers.flatMap((answer) => answer.acked ?? []);

  const admin = await stage.admin();
  const ends = await admin.fetchTopicOffsets(topic);
  const count = ends.reduce((sum, { offset }) => sum + Number(offset), 0);
  const seen = await readAll(stage, topic, 'read_uncommitted', count, partitions);
  const at = new Map(seen.map(({ partition, offset, value }) => [`${partition}/${offset}`, numberOf(value)]));
  const present = new Set(at.values());
  const placesOf = (index: number) => [...at].flatMap(([place, record]) => (record === index ? [place] : [])).join();
  for (const { partition, index, offset } of acked) {
    const place = `${partition}/${offset ?? 'unknown'}`;
    const stands = at.get(place);
    const found = `there is ${stands}, that is at ${stands === undefined ? 'none' : placesOf(stands)}`;
    assert.ok(present.has(index), `record ${index} was acknowledged at ${place} and is there; ${found}`);
    if (offset !== null) assert.equal(stands, index, `where record ${index} was acknowledged, ${place}; ${found}`);
  }
  if (idempotent) {
    const twice = [...present].filter((index) => placesOf(index).includes(',')).map((i) => `${i} at ${placesOf(i)}`);
    assert.deepEqual(twice, [], 'nothing is there twice');
  }

  const read = () => new Set(member.all('record').map(({ partition, offset }) => `${partition}/${offset}`));
  await member.until('the member has read all of it', () => read().size === seen.length);
  await member.end();
  for (const { partition, offset, value } of member.all('record')) {
    assert.equal(numberOf(value), at.get(`${partition}/${offset}`), 'what the member has read');
  }
}

const numberOf = (value: string | null): number => Number(Buffer.from(value ?? '', 'base64').toString());
