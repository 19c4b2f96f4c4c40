/** librdkafka logs in at the embedded broker, with TLS: docs/spec/broker.md §9. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { pythonPath } from '../harness/python.js';
import { startSecured } from '../harness/secured-broker.js';

const run = promisify(execFile);
/** Produces one record and reads it back, as a group. */
const LIBRDKAFKA = `
import sys, confluent_kafka as kafka
bootstrap, ca, mechanism, user, password, topic = sys.argv[1:]
login = {'bootstrap.servers': bootstrap, 'security.protocol': 'SASL_SSL', 'ssl.ca.location': ca,
         'sasl.mechanisms': mechanism, 'sasl.username': user, 'sasl.password': password}
failed = []
producer = kafka.Producer({**login, 'enable.idempotence': True})
producer.produce(topic, b'by ' + mechanism.encode(), on_delivery=lambda error, _: error and failed.append(str(error)))
assert producer.flush(20) == 0 and not failed, failed
consumer = kafka.Consumer({**login, 'group.id': 'allowed-' + mechanism, 'auto.offset.reset': 'earliest'})
consumer.subscribe([topic])
while True:
    message = consumer.poll(20)
    assert message is not None and message.error() is None, message and message.error()
    if message.value() == b'by ' + mechanism.encode(): break
consumer.close()
print('done')
`;

test('librdkafka: SASL_SSL, by PLAIN and by SCRAM', async (t) => {
  const { broker, admin } = await startSecured();
  t.after(async () => {
    await admin.disconnect();
    await broker.stop();
  });
  const python = await pythonPath();
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-512']) {
    const args = [broker.saslSsl, broker.ca, mechanism, 'app', 'app', 'allowed'];
    const { stdout } = await run(python, ['-c', LIBRDKAFKA, ...args], { timeout: 60_000 });
    assert.equal(stdout.trim(), 'done');
  }
});
