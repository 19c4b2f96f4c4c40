/** The cases on two klinks, on the brokers that KLINK_BROKERS names. */
import { ownerCases } from '../harness/engine-cases-owners.js';
import { suiteOnBrokers } from '../harness/engine-suite.js';

suiteOnBrokers('owners', ownerCases);
