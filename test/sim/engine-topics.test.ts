/** The cases on topics that change, in simulated time. */
import { topicCases } from '../harness/engine-cases-topics.js';
import { simulate } from './engine-simulate.js';

simulate(topicCases);
