/** The cases on position, sequence and window, in simulated time. */
import { positionCases } from '../harness/engine-cases-position.js';
import { simulate } from './engine-simulate.js';

simulate(positionCases);
