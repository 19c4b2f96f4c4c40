/** The cases on lost answers, in simulated time. */
import { unknownCases } from '../harness/engine-cases-unknown.js';
import { simulate } from './engine-simulate.js';

simulate(unknownCases);
