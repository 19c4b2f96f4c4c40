import assert from 'node:assert/strict';
import test from 'node:test';
import { EFFECTS_IN_FLIGHT_MAX, Effects } from './effects.js';

/** An effect that the test ends. */
class Held {
  begun = false;
  end: () => void = () => undefined;
  readonly run = async (): Promise<{ readonly kind: 'done' }> => {
    this.begun = true;
    await new Promise<void>((resolve) => {
      this.end = resolve;
    });
    return { kind: 'done' };
  };
}

const { signal } = new AbortController();
const turns = () => new Promise((resolve) => setImmediate(resolve));

test('effects: the lease is asked for each one, right before it [4.1]', async () => {
  let holds = true;
  const effects = new Effects(() => holds);
  assert.deepEqual(await effects.run(async () => 'done', { signal }), 'done');
  holds = false;
  const answer = await effects.run(async () => assert.fail('it was done'), { signal });
  assert.equal(answer.kind, 'unavailable');
});

test('effects: one that waited for its turn asks the lease when it comes [4.1]', async () => {
  let holds = true;
  const effects = new Effects(() => holds);
  const first = new Held();
  const running = effects.run(first.run, { signal, topic: 't' });
  const second = effects.run(async () => assert.fail('it was done'), { signal, topic: 't' });
  await turns();
  holds = false;
  first.end();
  await running;
  assert.equal((await second).kind, 'unavailable');
});

test('effects: nothing is begun for who no longer wants it', async () => {
  const effects = new Effects(() => true);
  const answer = await effects.run(async () => assert.fail('it was done'), { signal: AbortSignal.abort() });
  assert.equal(answer.kind, 'unavailable');
});

test('effects: those of one topic come one after the other, those of others at once', async () => {
  const effects = new Effects(() => true);
  const [first, second, other] = [new Held(), new Held(), new Held()];
  const all = [
    effects.run(first.run, { signal, topic: 't' }),
    effects.run(second.run, { signal, topic: 't' }),
    effects.run(other.run, { signal, topic: 'u' }),
  ];
  await turns();
  assert.deepEqual([first.begun, second.begun, other.begun], [true, false, true]);
  first.end();
  await turns();
  assert.equal(second.begun, true);
  second.end();
  other.end();
  await Promise.all(all);
});

test('effects: one that fails does not hold up the next of its topic', async () => {
  const effects = new Effects(() => true);
  const failing = effects.run(async () => Promise.reject(new Error('a fault')), { signal, topic: 't' });
  const next = effects.run(async () => 'done', { signal, topic: 't' });
  await assert.rejects(failing, /a fault/);
  assert.equal(await next, 'done');
});

test('effects: no more are under way than the bound, and settled waits for the last', async () => {
  const effects = new Effects(() => true);
  const all = Array.from({ length: EFFECTS_IN_FLIGHT_MAX + 5 }, () => new Held());
  const running = all.map((held) => effects.run(held.run, { signal }));
  await turns();
  assert.equal(all.filter(({ begun }) => begun).length, EFFECTS_IN_FLIGHT_MAX);
  let settled = false;
  const waiting = effects.settled().then(() => {
    settled = true;
  });
  for (let left = all.length; left > 0; ) {
    assert.equal(settled, false);
    for (const held of all.filter(({ begun }) => begun)) held.end();
    await turns();
    left = all.filter(({ begun }) => !begun).length;
  }
  for (const held of all) held.end();
  await Promise.all(running);
  await waiting;
});
