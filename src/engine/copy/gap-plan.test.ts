import assert from 'node:assert/strict';
import test from 'node:test';
import { randomInt, seededRandom } from '../../base/random.js';
import { ENTRIES_MAX, type GapState, nextGapStep, QUIET_MS } from './gap-plan.js';

const gap = (given: Partial<GapState>): GapState => ({
  logEnd: 0n,
  to: 10n,
  fenced: true,
  oneAtATime: false,
  stray: undefined,
  ...given,
});
const send = (entries: number) => ({ kind: 'send', entries }) as const;

test('gap: never the whole rest at once, the last offset alone [4.2]', () => {
  assert.deepEqual(nextGapStep(gap({})), send(9));
  assert.deepEqual(nextGapStep(gap({ logEnd: 9n })), send(1));
  assert.deepEqual(nextGapStep(gap({ logEnd: 8n })), send(1));
  assert.deepEqual(nextGapStep(gap({ logEnd: 10n })), { kind: 'done' });
});

test('gap: at most 500 entries per request [4.2]', () => {
  assert.deepEqual(nextGapStep(gap({ to: 10_000n })), send(ENTRIES_MAX));
});

test('gap: one marker of a new epoch first, so that a lost request and it fit together [4.1] [4.3]', () => {
  assert.deepEqual(nextGapStep(gap({ fenced: false })), send(1));
  assert.deepEqual(nextGapStep(gap({ fenced: false, stray: { markers: 9, quietMs: 0 } })), send(1));
});

test('gap: at the last offset a stray marker is given its time [4.3]', () => {
  const last = { logEnd: 9n, fenced: false };
  assert.deepEqual(nextGapStep(gap({ ...last, stray: { markers: 1, quietMs: 200 } })), {
    kind: 'wait',
    ms: QUIET_MS - 200,
  });
  assert.deepEqual(nextGapStep(gap({ ...last, stray: { markers: 1, quietMs: QUIET_MS } })), send(1));
  assert.deepEqual(nextGapStep(gap(last)), send(1));
});

test('gap: a fencing marker waits where it does not fit beside all that may still land [4.3]', () => {
  const lost = { fenced: false, stray: { markers: 9, quietMs: 200 } };
  assert.deepEqual(nextGapStep(gap({ ...lost, to: 10n })), send(1));
  assert.deepEqual(nextGapStep(gap({ ...lost, to: 9n })), { kind: 'wait', ms: QUIET_MS - 200 });
});

test('gap: without a provable owner one marker at a time [4.1]', () => {
  assert.deepEqual(nextGapStep(gap({ oneAtATime: true })), send(1));
});

test('gap: a log end above the gap is told, never passed over [4.4]', () => {
  assert.deepEqual(nextGapStep(gap({ logEnd: 12n })), { kind: 'overshot', by: 2n });
});

test('gap: no order in which lost requests land overshoots, however many in a row are lost (E7, 20 000 runs) [4.3]', () => {
  const random = seededRandom(17);
  const draw = (bound: number) => randomInt(random, bound);
  for (let run = 0; run < 20_000; run++) {
    const to = BigInt(1 + draw(40));
    const log = new MarkedLog();
    let epoch = 1;
    let fenced = false;
    let stray: { markers: number; quietMs: number } | undefined;
    for (let guard = 0; ; guard++) {
      assert.ok(guard < 400, `run ${run} does not end`);
      log.land(draw);
      const step = nextGapStep(gap({ logEnd: log.end, to, fenced, stray }));
      if (step.kind === 'done') break;
      assert.notEqual(step.kind, 'overshot', `run ${run}`);
      if (step.kind === 'wait') {
        // What has not landed in that time never does.
        log.dropLost();
        if (stray) stray = { ...stray, quietMs: QUIET_MS };
      } else if (step.kind === 'send' && draw(3) === 0) {
        log.lose(epoch++, step.entries);
        stray = { markers: (stray?.markers ?? 0) + step.entries, quietMs: draw(2) * 300 };
        fenced = false;
      } else if (step.kind === 'send') {
        log.append(epoch, step.entries);
        stray = undefined;
        fenced = true;
      }
    }
    log.landAll();
    assert.equal(log.end, to, `run ${run}`);
  }
});

/** A partition that takes markers as brokers do: an equal epoch is appended, a lower one refused. */
class MarkedLog {
  end = 0n;
  #epoch = 0;
  #lost: { readonly epoch: number; entries: number }[] = [];

  append(epoch: number, entries: number): void {
    if (epoch < this.#epoch) return;
    this.#epoch = epoch;
    this.end += BigInt(entries);
  }

  lose(epoch: number, entries: number): void {
    this.#lost.push({ epoch, entries });
  }

  /** Some of the lost requests come in now, in any order, also in part. */
  land(draw: (bound: number) => number): void {
    for (const lost of this.#lost) {
      const landing = draw(2) * draw(lost.entries + 1);
      this.append(lost.epoch, landing);
      lost.entries -= landing;
    }
  }

  landAll(): void {
    for (const { epoch, entries } of this.#lost) this.append(epoch, entries);
    this.#lost = [];
  }

  dropLost(): void {
    this.#lost = [];
  }
}
