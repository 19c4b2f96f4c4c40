/** The cases on foreign writes, on the brokers that KLINK_BROKERS names. */
import { foreignCases } from '../harness/engine-cases-foreign.js';
import { suiteOnBrokers } from '../harness/engine-suite.js';

suiteOnBrokers('foreign', foreignCases);
