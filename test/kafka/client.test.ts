/** The client on each kind of broker, with a login on Apache Kafka: KLINK_BROKERS=embedded|4.3.0|3.9.1. */
import test from 'node:test';
import { useClientBroker, useCluster } from '../harness/client-broker.js';
import { adminSuite } from './client-admin.js';
import { loginsSuite } from './client-logins.js';
import { recordsSuite } from './client-records.js';

const broker = await useClientBroker(test);
const cluster = useCluster(test, broker);

adminSuite(broker, cluster);
loginsSuite(broker, cluster);
recordsSuite(broker, cluster);
