/** Which fetch session goes when there are too many. Against Apache Kafka: test/kafka/conformance-fetch-sessions.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.js';
import type { FetchRequest } from '../protocol/api/fetch.js';
import { fetch } from '../protocol/api/fetch.js';
import { decodeRequest, encodeRequest } from '../protocol/codec.js';
import { FetchSessions } from './fetch-sessions.js';

/** A request as it comes from the wire, for so many partitions. */
function request(partitions: number, sessionId = 0, sessionEpoch = 0): FetchRequest {
  const topics = [{ topic: 't', partitions: Array.from({ length: partitions }, (_, partition) => ({ partition })) }];
  const frame = Buffer.concat(
    encodeRequest(fetch, 11, { correlationId: 1, clientId: null }, { sessionId, sessionEpoch, topics }),
  );
  return decodeRequest(fetch, 11, frame, 4 + 8 + 2);
}

const MINUTE_MS = 60_000;

function sessions(slots: number) {
  const all = new FetchSessions(seededRandom(1));
  return {
    all,
    open: (partitions: number, nowMs: number) =>
      all.open(request(partitions), [], { byTopicId: false, nameOf: () => undefined, slots, nowMs }),
    lives: (id: number, epoch: number, nowMs: number) =>
      typeof all.goOn({ ...request(0, id, epoch), topics: [] }, false, nowMs) !== 'number',
  };
}

test('fetch sessions: with no room none is opened, until one was not used for two minutes [broker 4.3]', () => {
  const { open, lives, all } = sessions(2);
  const [one, two] = [open(3, 0), open(3, 0)];
  assert.equal(open(3, MINUTE_MS), 0);
  assert.ok(lives(one, 1, MINUTE_MS));
  const three = open(3, 2 * MINUTE_MS + 1);
  assert.ok(three > 0 && !lives(two, 1, 0), 'the second one had not been used since');
  assert.ok(lives(one, 2, 2 * MINUTE_MS));
  assert.equal(all.size, 2);
});

test('fetch sessions: a larger one takes the place of the smallest that is two minutes old [broker 4.3]', () => {
  const { open, lives } = sessions(3);
  const [small, smaller, large] = [open(3, 0), open(2, 0), open(9, 0)];
  for (const id of [small, smaller, large]) assert.ok(lives(id, 1, 2 * MINUTE_MS));
  assert.equal(open(9, 2 * MINUTE_MS), 0, 'none is old enough');
  assert.equal(open(2, 2 * MINUTE_MS + 1), 0, 'none is smaller');
  assert.ok(open(3, 2 * MINUTE_MS + 1) > 0);
  assert.deepEqual(
    [small, smaller, large].map((id) => lives(id, 2, 2 * MINUTE_MS)),
    [true, false, true],
  );
});

test('fetch sessions: their partitions are bounded, whoever they belong to [broker 4.3]', () => {
  const { all, open } = sessions(1000);
  const [first, second] = [open(100_000, 0), open(99_999, 0)];
  assert.ok(first > 0 && second > 0);
  assert.equal(open(2, 0), 0);
  assert.ok(open(1, 0) > 0);
  const more = request(100_001, first, 1);
  assert.equal(all.goOn(more, false, 0), 70, 'and one that grows too much is gone');
  assert.ok(open(100_000, 0) > 0);
});

test('fetch sessions: none where there are no slots [broker 4.3]', () => {
  assert.equal(sessions(0).open(1, 0), 0);
});

test('fetch sessions: told is what has news, and who was given records is read last [broker 4.3]', () => {
  const { all, open } = sessions(9);
  const id = open(3, 0);
  const answer = (partitionIndex: number, highWatermark: bigint, bytes = 0) => {
    return { partitionIndex, highWatermark, logStartOffset: 0n, records: Buffer.alloc(bytes) };
  };
  let epoch = 1;
  const told = (...partitions: ReturnType<typeof answer>[]) => {
    const session = all.goOn({ ...request(0, id, epoch++), topics: [] }, false, 0);
    assert.ok(typeof session !== 'number');
    const news = session.newsIn([{ topic: 't', partitions }]);
    session.remember(news, { isFirst: false });
    const order = session.topics.flatMap((each) => each.partitions.map(({ partition }) => partition));
    return [news.flatMap((each) => each.partitions ?? []).map(({ partitionIndex }) => partitionIndex), order];
  };
  assert.deepEqual(told(answer(0, 5n), answer(1, 0n), answer(2, 0n)), [
    [0, 1, 2],
    [0, 1, 2],
  ]);
  assert.deepEqual(told(answer(0, 5n, 70), answer(1, 0n), answer(2, 0n)), [[0], [1, 2, 0]]);
  assert.deepEqual(told(answer(0, 5n), answer(1, 1n), answer(2, 0n)), [[1], [1, 2, 0]]);
  const refused = all.goOn({ ...request(0, id, epoch - 1), topics: [] }, false, 0);
  assert.equal(refused, 71);
});
