import assert from 'node:assert/strict';
import test from 'node:test';
import {
  afterRound,
  afterTurn,
  answerTimeoutMs,
  continues,
  firstMarkerAtMs,
  type Lease,
  leaseHolds,
  led,
  noLease,
  type Round,
  leaseRules as rules,
  surrendered,
  whyUnsafe,
} from './lease.js';

const GENERATION = 7;

/** A lease under a clock that the test moves: turns of the event loop every 200 ms, rounds when told. */
class Bench {
  nowMs = 10_000;
  lease: Lease = noLease(this.nowMs);

  lead(generation = GENERATION): this {
    this.lease = led(this.lease, generation, this.nowMs);
    return this;
  }

  /** Time passes and the event loop turns as it should. */
  pass(ms: number): this {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs = Math.min(end, this.nowMs + 200);
      this.lease = afterTurn(this.lease, this.nowMs, rules);
    }
    return this;
  }

  /** Time passes and nothing in this process runs. */
  sleep(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  /** A round sent now; the write is answered after `writeMs`, the heartbeat after another `heartbeatMs`. */
  round(given: { writeMs?: number; heartbeatMs?: number } & Partial<Round> = {}): this {
    const { writeMs = 10, heartbeatMs = 10, ...rest } = given;
    const writeSentAtMs = rest.writeSentAtMs ?? this.nowMs;
    this.pass(writeMs);
    const writeAnsweredAtMs = this.nowMs;
    this.pass(heartbeatMs);
    this.lease = afterRound(
      this.lease,
      {
        generation: GENERATION,
        writeSentAtMs,
        writeCode: 0,
        heartbeatCode: 0,
        writeAnsweredAtMs,
        confirmedAtMs: this.nowMs,
        ...rest,
      },
      rules,
    );
    return this;
  }

  get holds(): boolean {
    return leaseHolds(this.lease, this.nowMs, rules);
  }
}

test('lease: SyncGroup as leader alone gives no right to act, the first replicated write does [4.1]', () => {
  const bench = new Bench().lead();
  assert.equal(bench.holds, false);
  assert.equal(bench.round().holds, true);
});

test('lease: lasts from the send of the last write for session timeout − 1 s [4.1]', () => {
  const bench = new Bench().lead();
  bench.round({ writeMs: 400, heartbeatMs: 100 });
  assert.equal(bench.pass(5_000 - 500 - 1).holds, true);
  assert.equal(bench.pass(1).holds, false);
});

test('lease: counts from the send of the SyncGroup, not from its answer [4.1]', () => {
  const bench = new Bench();
  const sentAtMs = bench.nowMs;
  bench.pass(4_900);
  bench.lease = led(bench.lease, GENERATION, sentAtMs);
  assert.equal(
    bench.round({ writeMs: 200 }).holds,
    false,
    'the SyncGroup was sent 5.1 s before the write was confirmed',
  );
});

test('lease: only an answer within session/4 extends [4.1]', () => {
  assert.equal(answerTimeoutMs(rules), 1_500);
  assert.equal(new Bench().lead().round({ writeMs: 1_500 }).holds, true);
  assert.equal(new Bench().lead().round({ writeMs: 1_501 }).holds, false);
});

test('lease: a heartbeat alone never extends, however often it is answered (R5d) [4.1]', () => {
  const bench = new Bench().lead().round();
  for (let beat = 0; beat < 5; beat++) bench.pass(1_000).round({ writeCode: 7 });
  assert.equal(bench.holds, false);
});

test('lease: 27 does not extend, the write before it neither [4.1]', () => {
  const bench = new Bench().lead().round().pass(3_000).round({ heartbeatCode: 27 });
  assert.equal(bench.pass(1_900).holds, true, 'what was won before runs on');
  assert.equal(bench.pass(200).holds, false);
});

test('lease: a run-out lease is never revived without JoinGroup and SyncGroup as leader [4.1]', () => {
  const bench = new Bench().lead().round().pass(5_100);
  assert.equal(bench.holds, false);
  assert.equal(bench.round().holds, false);
  assert.equal(bench.lead(GENERATION + 1).round({ generation: GENERATION + 1 }).holds, true);
});

test('lease: a write of another generation does not count [4.1]', () => {
  assert.equal(new Bench().lead().round({ generation: GENERATION - 1 }).holds, false);
});

test('lease: void after a wake-up until a write sent after it was answered [4.1]', () => {
  const bench = new Bench().lead().round().sleep(1_500);
  assert.equal(bench.holds, false, 'before any timer has noticed');
  const sentBefore = bench.nowMs - 1_400;
  bench.pass(100);
  assert.equal(bench.holds, false, 'and after');
  assert.equal(bench.round({ writeSentAtMs: sentBefore, writeAnsweredAtMs: sentBefore + 100 }).holds, false);
  assert.equal(bench.round().holds, true);
});

test('lease: a write that was sent before a wake-up proves nothing, also to who has just come to lead [4.1]', () => {
  const bench = new Bench().lead().sleep(1_500);
  const sentBefore = bench.nowMs - 1_400;
  bench.pass(100).round({ writeSentAtMs: sentBefore, writeAnsweredAtMs: sentBefore + 100 });
  assert.equal(bench.lease.proven, false);
  assert.equal(bench.round().lease.proven, true);
});

test('lease: void after a wake-up although it has not run out by the clock [4.1]', () => {
  const bench = new Bench().lead().round().sleep(1_100).pass(200);
  assert.equal(bench.holds, false);
});

test('lease: turns of the event loop in good order change nothing', () => {
  const bench = new Bench().lead();
  for (let round = 0; round < 60; round++) assert.equal(bench.round().pass(1_000).holds, true);
});

test('lease: none while joining again [4.1]', () => {
  const bench = new Bench().lead().round();
  bench.lease = surrendered(bench.lease);
  assert.equal(bench.holds, false);
});

test('lease: a rebalance timeout below the session timeout is refused (R5) [4.1]', () => {
  assert.match(whyUnsafe({ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 5_999 }) ?? '', /below the session timeout/);
  assert.equal(whyUnsafe({ sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 6_000 }), undefined);
  assert.equal(whyUnsafe(rules), undefined);
});

test('lease: a new owner waits one session timeout before its first marker (X4) [4.1]', () => {
  assert.equal(firstMarkerAtMs(1_000, { released: false }, rules), 7_000);
});

test('lease: no wait where the last owner released, or none ever was [4.1]', () => {
  assert.equal(firstMarkerAtMs(1_000, { released: true }, rules), 1_000);
  assert.equal(firstMarkerAtMs(1_000, undefined, rules), 1_000);
});

test('lease: ownership goes on over a rebalance only as the very next leader with a lease that still ran [4.1]', () => {
  const before = { memberId: 'a', generation: 4 };
  assert.equal(continues(before, { memberId: 'a', generation: 5 }, true), true);
  assert.equal(continues(before, { memberId: 'a', generation: 6 }, true), false);
  assert.equal(continues(before, { memberId: 'a', generation: 1 }, true), false, 'the group began anew (X10)');
  assert.equal(continues(before, { memberId: 'b', generation: 5 }, true), false);
  assert.equal(continues(before, { memberId: 'a', generation: 5 }, false), false);
});

test('lease: no two members hold at once, whatever is lost, late or stalled (2 000 histories, seed printed) [4.1]', () => {
  // The rules against a coordinator that drops a member one session after it last heard of it: the new generation may
  // begin at that instant. Answers may be late or lost, the event loop may stall, the write may be refused.
  const seed = Number(process.env.KLINK_SEED ?? Math.floor(Date.now() % 2 ** 31));
  let state = seed | 1;
  const draw = (bound: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % bound;
  };
  for (let history = 0; history < 2_000; history++) {
    const bench = new Bench().lead();
    let heardAtMs = bench.nowMs;
    for (let step = 0; step < 12; step++) {
      const choice = draw(6);
      const sentAtMs = bench.nowMs;
      // The coordinator hears of it somewhere between send and answer.
      const travelMs = draw(1_800);
      if (choice === 0) bench.sleep(draw(7_000));
      else if (choice === 1) bench.pass(draw(3_000));
      else {
        const alive = sentAtMs - heardAtMs < rules.sessionTimeoutMs;
        if (alive) heardAtMs = sentAtMs + draw(travelMs + 1);
        bench.round({ writeMs: travelMs, writeCode: alive ? 0 : 25, ...(choice === 2 ? { writeCode: 7 } : {}) });
      }
      const nextOwnerFromMs = heardAtMs + rules.sessionTimeoutMs;
      if (bench.holds) assert.ok(bench.nowMs < nextOwnerFromMs, `seed ${seed}, history ${history}, step ${step}`);
    }
  }
});
