/** SCRAM users as an administrator sees and changes them, against a scripted broker. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  removeScramCredential,
  saltPassword,
  scramMechanismsOf,
  setScramCredential,
} from '../../src/client/admin/scram.js';
import { KafkaError, OutcomeUnknown } from '../../src/client/types.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { describeUserScramCredentials } from '../../src/protocol/api/describe-user-scram-credentials.js';
import { ScriptedCluster } from './scripted-cluster.js';

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');

test('a password is salted as RFC 7677 shows, and as long as its hash', async () => {
  const salted = await saltPassword('SCRAM-SHA-256', 'pencil', { salt, iterations: 4_096 });
  assert.equal(
    salted.saltedPassword.toString('hex'),
    'c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d',
  );
  assert.equal((await saltPassword('SCRAM-SHA-512', 'pencil', { salt, iterations: 4_096 })).saltedPassword.length, 64);
});

test('the mechanisms of a user come strongest first, and a name that is no SCRAM user has none', async () => {
  const kafka = await ScriptedCluster.start(1);
  const infos = [
    { mechanism: 1, iterations: 4_096 },
    { mechanism: 2, iterations: 4_096 },
    { mechanism: 9, iterations: 1 },
  ];
  kafka.broker(1).on(describeUserScramCredentials, ({ users }) => ({
    results: (users ?? []).map(({ name }) =>
      name === 'sa-1'
        ? { user: name, errorCode: 0, credentialInfos: infos }
        : { user: name, errorCode: 91, credentialInfos: [] },
    ),
  }));
  assert.deepEqual(await kafka.finish(scramMechanismsOf(kafka.client(), 'sa-1')), ['SCRAM-SHA-512', 'SCRAM-SHA-256']);
  assert.deepEqual(await kafka.finish(scramMechanismsOf(kafka.client(), 'nobody')), []);
});

test('a credential is set once; taking away what is not there says so; a lost answer is unknown', async () => {
  const kafka = await ScriptedCluster.start(1);
  const broker = kafka.broker(1);
  broker.on(alterUserScramCredentials, ({ deletions, upsertions }) => ({
    results: [...deletions, ...upsertions].map(({ name }) => ({
      user: name,
      errorCode: deletions.length > 0 ? 91 : 0,
    })),
  }));
  const slot = { user: 'sa-1', mechanism: 'SCRAM-SHA-512' } as const;
  const credential = await saltPassword(slot.mechanism, 'secret', { salt, iterations: 4_096 });
  await kafka.finish(setScramCredential(kafka.client(), slot, credential));
  assert.equal(broker.count(alterUserScramCredentials), 1);
  assert.equal(await kafka.finish(removeScramCredential(kafka.client(), slot)), false);
  broker.on(alterUserScramCredentials, () => ({ results: [{ user: 'sa-1', errorCode: 31 }] }));
  const refused = kafka.finish(setScramCredential(kafka.client(), slot, credential));
  await assert.rejects(refused, (error) => error instanceof KafkaError && error.code === 31);
  broker.on(alterUserScramCredentials, () => 'hang-up');
  await assert.rejects(kafka.finish(setScramCredential(kafka.client(), slot, credential)), OutcomeUnknown);
});
