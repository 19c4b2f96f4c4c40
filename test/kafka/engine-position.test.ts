/** The cases on position, sequence and window, on the brokers that KLINK_BROKERS names. */
import { positionCases } from '../harness/engine-cases-position.js';
import { suiteOnBrokers } from '../harness/engine-suite.js';

suiteOnBrokers('position', positionCases);
