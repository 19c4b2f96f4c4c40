/** The cases on lost answers, on the brokers that KLINK_BROKERS names. */
import { unknownCases } from '../harness/engine-cases-unknown.js';
import { suiteOnBrokers } from '../harness/engine-suite.js';

suiteOnBrokers('unknown', unknownCases);
