/** The cases on foreign writes, in simulated time. */
import { foreignCases } from '../harness/engine-cases-foreign.js';
import { simulate } from './engine-simulate.js';

simulate(foreignCases);
