/** Logins by SCRAM: users that the cluster keeps (X5), and what is wrong said in so many words. */
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import test from 'node:test';
import type { SaslLogin } from '../../src/base/sasl.js';
import { type KafkaCluster, KafkaError } from '../../src/client/types.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { errorCode } from '../../src/protocol/errors.js';
import { type ClientBroker, useCluster } from '../harness/client-broker.js';
import { until } from '../harness/until.js';

const USER = 'team=a,b';
const PASSWORD = 'q wörd';
const kinds = [
  { mechanism: 'SCRAM-SHA-256', number: 1, hash: 'sha256', length: 32 },
  { mechanism: 'SCRAM-SHA-512', number: 2, hash: 'sha512', length: 64 },
] as const;

export function loginsSuite(broker: ClientBroker, cluster: KafkaCluster): void {
  for (const { mechanism, number, hash, length } of kinds) {
    test(`login: ${mechanism} with the right password, and only with that (X5) [client 1.5]`, async (t) => {
      const [iterations, salt] = [4_096, Buffer.from('some salt')];
      const saltedPassword = pbkdf2Sync(PASSWORD, salt, iterations, length, hash);
      const upsertion = { name: USER, mechanism: number, iterations, salt, saltedPassword };
      const channel = await cluster.channel(await cluster.controller(), 'test-scram');
      const { results } = await channel.send(alterUserScramCredentials, { deletions: [], upsertions: [upsertion] });
      assert.equal(results[0]?.errorCode, 0, results[0]?.errorMessage ?? '');

      const asked = async (login: Partial<SaslLogin>) => {
        const sasl = { mechanism, username: USER, password: PASSWORD, ...login };
        return (await useCluster(t, { address: broker.address, sasl }).metadata([])).brokers.length;
      };
      await until('the user is known', 20_000, async () => (await asked({})) === 1);
      // An embedded cluster checks PLAIN against the same key, Apache Kafka against a list of its own.
      if (broker.kind === 'embedded') assert.equal(await asked({ mechanism: 'PLAIN' }), 1);
      const other = broker.kind === 'embedded' ? { mechanism: 'PLAIN', password: 'another' } : { mechanism: 'PLAIN' };
      for (const wrong of [{ password: 'another' }, { username: 'nobody' }, other] as Partial<SaslLogin>[]) {
        await assert.rejects(asked(wrong), (error: unknown) => {
          assert.ok(error instanceof KafkaError, String(error));
          assert.equal(error.code, errorCode.SASL_AUTHENTICATION_FAILED);
          assert.doesNotMatch(error.message, /another|wörd/);
          return true;
        });
      }
    });
  }
}
