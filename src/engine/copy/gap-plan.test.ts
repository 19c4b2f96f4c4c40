import assert from 'node:assert/strict';
import test from 'node:test';
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
  assert.deepEqual(nextGapStep(gap({ fenced: false, stray: { quietMs: 0 } })), send(1));
});

test('gap: at the last offset a stray marker is given its time [4.3]', () => {
  const last = { logEnd: 9n, fenced: false };
  assert.deepEqual(nextGapStep(gap({ ...last, stray: { quietMs: 200 } })), { kind: 'wait', ms: QUIET_MS - 200 });
  assert.deepEqual(nextGapStep(gap({ ...last, stray: { quietMs: QUIET_MS } })), send(1));
  assert.deepEqual(nextGapStep(gap(last)), send(1));
});

test('gap: without a provable owner one marker at a time [4.1]', () => {
  assert.deepEqual(nextGapStep(gap({ oneAtATime: true })), send(1));
});

test('gap: a log end above the gap is told, never passed over [4.4]', () => {
  assert.deepEqual(nextGapStep(gap({ logEnd: 12n })), { kind: 'overshot', by: 2n });
});

test('gap: no interleaving of a lost request and its fence overshoots, whatever lands when (E7, 20 000 runs) [4.3]', () => {
  // A lost request of n entries may land as a whole, in part or never, before the fence; behind it, it is refused.
  let state = 17;
  const draw = (bound: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % bound;
  };
  for (let run = 0; run < 20_000; run++) {
    const size = 1 + draw(40);
    let logEnd = 0n;
    let fenced = draw(2) === 0;
    const to = BigInt(size);
    for (let guard = 0; guard < 200; guard++) {
      const step = nextGapStep(gap({ logEnd, to, fenced }));
      if (step.kind !== 'send') break;
      if (step.entries > 1 && draw(3) === 0) {
        // Lost: some of its entries land before the one marker of the new epoch does.
        const landed = BigInt(draw(step.entries + 1));
        const fence = nextGapStep(gap({ logEnd, to, fenced: false }));
        assert.deepEqual(fence, send(1));
        logEnd += landed + 1n;
        fenced = true;
      } else {
        logEnd += BigInt(step.entries);
        fenced = true;
      }
      assert.ok(logEnd <= to, `run ${run}: ${logEnd} of ${to}`);
    }
    assert.equal(logEnd, to);
  }
});
