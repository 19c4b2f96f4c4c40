/** An embedded broker with TLS and logins, on which `app` may use the topics and groups that begin with `allowed`. */
import kafkajs from 'kafkajs';
import { type Embedded, startEmbedded } from './embedded.js';

export type LoginMechanism = 'plain' | 'scram-sha-256' | 'scram-sha-512';

/** A client that is not ours, without TLS. */
export function loggedIn(broker: Embedded, mechanism: LoginMechanism, username: string, password = username) {
  return new kafkajs.Kafka({
    brokers: [broker.sasl],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 1 },
    sasl: { mechanism, username, password } as kafkajs.SASLOptions,
  });
}

/** The caller disconnects `admin` and stops the broker. */
export async function startSecured(): Promise<{ readonly broker: Embedded; readonly admin: kafkajs.Admin }> {
  const broker = await startEmbedded({ tls: true });
  const admin = loggedIn(broker, 'scram-sha-512', 'admin').admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'allowed' }, { topic: 'other' }] });
  const allow = (resourceType: number, operation: number) => ({
    resourceType,
    resourceName: 'allowed',
    resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
    principal: 'User:app',
    host: '*',
    operation,
    permissionType: kafkajs.AclPermissionTypes.ALLOW,
  });
  const { TOPIC, GROUP } = kafkajs.AclResourceTypes;
  const { READ, WRITE } = kafkajs.AclOperationTypes;
  await admin.createAcls({ acl: [allow(TOPIC, READ), allow(TOPIC, WRITE), allow(GROUP, READ)] });
  return { broker, admin };
}
