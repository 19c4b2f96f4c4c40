/** The cases on topics that change, on the brokers that KLINK_BROKERS names. */
import { topicCases } from '../harness/engine-cases-topics.js';
import { suiteOnBrokers } from '../harness/engine-suite.js';

suiteOnBrokers('topics', topicCases);
