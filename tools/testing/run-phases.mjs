/** Runs phases, prints a line for each when it is done, and everything that a failed one wrote. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.mjs';

const LOAD_MAX = 2;
const logs = join(root, '.build', 'test-logs');

/** Gives `{ passed, failed }` over all. Phases of 'ok' run first, in order, and a failure there ends the run. */
export async function runPhases(phases, say = console.log) {
  mkdirSync(logs, { recursive: true });
  const total = { passed: 0, failed: 0 };
  const one = async (phase) => {
    const { passed, failed } = await runPhase(phase, say);
    total.passed += passed;
    total.failed += failed;
  };
  for (const phase of phases.filter(({ when }) => when === 'ok')) {
    await one(phase);
    if (total.failed > 0) return total;
  }
  const waiting = phases.filter(({ when }) => when !== 'ok').sort(byTurn);
  const running = new Map();
  const load = () => [...running.keys()].reduce((sum, phase) => sum + phase.load, 0);
  while (waiting.length > 0 || running.size > 0) {
    // In turn, except that a small one may pass a large one that does not fit yet.
    const next = waiting.findIndex((phase) => load() + phase.load <= LOAD_MAX);
    if (next < 0 || waiting.length === 0) {
      await Promise.race(running.values());
      continue;
    }
    const [phase] = waiting.splice(next, 1);
    running.set(
      phase,
      one(phase).finally(() => running.delete(phase)),
    );
  }
  return total;
}

/**
 * What takes the whole machine goes first, as it would have to wait until nothing else runs; then long ones before short
 * ones, so that no processor is idle at the end. What is for the night alone comes behind all that.
 */
function byTurn(one, other) {
  const night = ({ when }) => Number(when === 'nightly');
  const part = ({ load }) => Number(load < LOAD_MAX);
  const seconds = (phase) => phase.seconds ?? 0;
  return night(one) - night(other) || part(one) - part(other) || seconds(other) - seconds(one);
}

async function runPhase(phase, say) {
  const began = performance.now();
  const result = await phase.run().catch((error) => ({ passed: 0, failed: 1, output: `${error.stack ?? error}\n` }));
  const { passed, failed, output } = result;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  writeFileSync(join(logs, `${phase.name.replace(/\W+/g, '-')}.log`), output);
  if (failed > 0) say(`\n${output.trimEnd()}\n`);
  const counts = passed + failed === 0 ? '' : `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}`;
  say(`${failed > 0 ? 'FAILED' : 'ok    '} ${phase.name.padEnd(34)} ${seconds.padStart(7)} s   ${counts}`.trimEnd());
  return { passed, failed };
}
