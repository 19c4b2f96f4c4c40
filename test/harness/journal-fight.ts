/**
 * Klinks that fight over one journal: each opens, decides on what it has read, pauses, begins again. Every decision carries
 * the number of the one before it plus one, so a decision that was overlooked, undone or doubled breaks the chain.
 */
import assert from 'node:assert/strict';
import { type Clock, sleep } from '../../src/base/clock.js';
import { type Random, randomInt } from '../../src/base/random.js';
import type { CommitOutcome, JournalPort, OpenOutcome } from '../../src/control/ports/journal.js';

export interface Fighter {
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Attempt {
  readonly line: string;
  outcome: CommitOutcome['kind'] | undefined;
}

/** As control opens: without end. */
export async function openedBy(
  { clock }: Fighter,
  journal: JournalPort,
): Promise<Extract<OpenOutcome, { readonly kind: 'opened' }>> {
  for (;;) {
    const outcome = await journal.open();
    if (outcome.kind === 'opened') return outcome;
    assert.equal(outcome.kind, 'unavailable', outcome.reason);
    await sleep(clock, 100);
  }
}

export function chainIn(entries: readonly { readonly key: string; readonly value: string | null }[]): number {
  return Number(entries.find(({ key }) => key === 'chain')?.value ?? 0);
}

/** Opens, decides a few times on what it has read, pauses, and begins again. */
export async function fight(
  fighter: Fighter,
  journal: JournalPort,
  attempts: Attempt[],
  over: () => boolean,
): Promise<void> {
  for (let round = 0; !over(); round++) {
    const { entries } = await openedBy(fighter, journal);
    let chain = chainIn(entries);
    for (let i = 0; i < 5 && !over(); i++) {
      const attempt: Attempt = { line: `${chain + 1} ${fighter.name}/${round}/${i}`, outcome: undefined };
      attempts.push(attempt);
      const outcome = await journal.commit([{ key: 'chain', value: String(chain + 1) }], [attempt.line]);
      attempt.outcome = outcome.kind;
      if (outcome.kind === 'committed') chain++;
      if (outcome.kind === 'fenced' || outcome.kind === 'unknown') break;
      if (fighter.random.next() < 0.3) await journal.confirm();
      await sleep(fighter.clock, randomInt(fighter.random, 200));
    }
    await sleep(fighter.clock, randomInt(fighter.random, 2_000));
  }
}

/** `lines`: the audit, as an ordinary reader sees it. */
export function judge(seed: string, lines: readonly string[], attempts: readonly Attempt[]): void {
  // Nobody has decided on anything but the decision before: none was overlooked, none undone.
  assert.deepEqual(
    lines.map((line) => Number(line.split(' ')[0])),
    lines.map((_, index) => index + 1),
    seed,
  );
  for (const { line, outcome } of attempts) {
    const stands = lines.filter((each) => each === line).length;
    assert.ok(stands <= 1, `${seed}: twice: ${line}`);
    if (outcome === 'committed') assert.equal(stands, 1, `${seed}: committed, but not there: ${line}`);
    else if (outcome !== 'unknown' && outcome !== undefined)
      assert.equal(stands, 0, `${seed}: ${outcome}, but there: ${line}`);
  }
}
