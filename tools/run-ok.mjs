/** `npm run ok`: format, lint, types, layers, unit tests and simulation. Needs no Java and no Python; a minute or so. */
import { phases } from './testing/phases.mjs';
import { runPhases } from './testing/run-phases.mjs';

const { passed, failed } = await runPhases(phases.filter(({ when }) => when === 'ok'));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
