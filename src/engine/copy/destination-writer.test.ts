import assert from 'node:assert/strict';
import test from 'node:test';
import { ScriptedPartition } from '../../../test/harness/engine-scripted.js';
import { type Appender, DestinationWriter } from './destination-writer.js';

const clock = { nowMs: () => 1_000_000, monotonicMs: () => 0, setTimer: () => ({ cancel() {} }) };

/** The moment that a partition is told when it is asked for its next batch. */
async function momentAsked(clockAheadMs: number): Promise<number | undefined> {
  const cluster = new ScriptedPartition().cluster();
  const writer = new DestinationWriter({
    cluster,
    clock,
    requestBytesMax: 1,
    requestsInFlightMax: 5,
    connectionsPerBroker: 1,
    clockAheadMs: () => clockAheadMs,
  });
  let moment: number | undefined;
  const appender: Appender = {
    mirrorTopic: 't',
    destinationTopicId: 'id',
    partition: 0,
    take(_, nowMs) {
      moment = nowMs;
      return undefined;
    },
    answered() {},
    unanswered() {},
  };
  (await writer.lane(1, appender)).ready(appender);
  await new Promise(setImmediate);
  return moment;
}

test("writer: batches age by the clock that is ahead, the destination's or ours [3.2]", async () => {
  assert.equal(await momentAsked(0), 1_000_000);
  assert.equal(await momentAsked(300_000), 1_300_000);
  assert.equal(await momentAsked(-300_000), 1_000_000);
});
