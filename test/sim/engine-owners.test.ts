/** The cases on two klinks, in simulated time. */
import { ownerCases } from '../harness/engine-cases-owners.js';
import { simulate } from './engine-simulate.js';

simulate(ownerCases);
