/**
 * `npm test`: everything. `-- --nightly` also what takes hours, `-- --only <phase>` (by the beginning of its name, again for
 * another one) those phases and the build, `-- --list` says which there are. What needs Java, Maven or Python is left out
 * where they are missing, and one line says so; with CI=true that is a failure.
 */
import { parseArgs } from 'node:util';
import { goObstacle } from './ensure-go.mjs';
import { pythonObstacle } from './ensure-python.mjs';
import { javacObstacle, kafkaObstacle } from './fetch-kafka.mjs';
import { mountObstacle } from './mount-obstacle.mjs';
import { phases } from './testing/phases.mjs';
import { runPhases } from './testing/run-phases.mjs';

const { values } = parseArgs({
  options: {
    nightly: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
});
const obstacles = {
  kafka: kafkaObstacle,
  javac: javacObstacle,
  go: goObstacle,
  python: pythonObstacle,
  mount: mountObstacle,
};

function chosen() {
  const { only, nightly } = values;
  if (only === undefined) return phases.filter(({ when }) => when !== 'nightly' || nightly);
  const named = only.flatMap((word) => {
    const exact = phases.filter(({ name }) => name === word);
    const found = exact.length > 0 ? exact : phases.filter(({ name }) => name.startsWith(word));
    if (found.length === 0) throw new Error(`no phase begins with "${word}"; --list names them`);
    return found;
  });
  return phases.filter((phase) => phase.name === 'types' || named.includes(phase));
}

if (values.list) {
  for (const { name, when } of phases) console.log(`${when.padEnd(8)} ${name}`);
} else {
  const began = performance.now();
  const wanted = chosen();
  const missing = new Map();
  for (const need of new Set(wanted.flatMap(({ needs = [] }) => needs))) {
    const obstacle = obstacles[need]();
    if (obstacle) missing.set(need, obstacle);
  }
  const leftOut = wanted.filter(({ needs = [] }) => needs.some((need) => missing.has(need)));
  let { passed, failed } = await runPhases(wanted.filter((phase) => !leftOut.includes(phase)));
  if (leftOut.length > 0) {
    const names = leftOut.map(({ name }) => name).join(', ');
    console.log(`left out: ${names} (${[...missing.values()].join('; ')})`);
    if (process.env.CI === 'true') failed += leftOut.length;
  }
  console.log(`${Math.round((performance.now() - began) / 1000)} s`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
