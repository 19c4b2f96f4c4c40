/** Each mechanism with and without TLS; a wrong password and an authority that is not trusted are refused. */
import assert from 'node:assert/strict';
import { pbkdf2Sync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { alterUserScramCredentials } from '../../../src/protocol/api/alter-user-scram-credentials.js';
import { newAuthority } from '../../harness/certificates.js';
import type { Login } from '../job.js';
import type { Stage } from '../stage.js';
import { readAll } from './transactions.js';

const SCRAM = [
  { mechanism: 1, hash: 'sha256', length: 32 },
  { mechanism: 2, hash: 'sha512', length: 64 },
] as const;
const ITERATIONS = 4096;

/** On the embedded broker the user is there from its start. */
async function addScramUser(stage: Stage): Promise<void> {
  const salt = Buffer.from('of the matrix');
  const wire = await stage.wire();
  try {
    // No user twice in one request.
    for (const { mechanism, hash, length } of SCRAM) {
      const saltedPassword = pbkdf2Sync('klink', salt, ITERATIONS, length, hash);
      const upsertions = [{ name: 'klink', mechanism, iterations: ITERATIONS, salt, saltedPassword }];
      const { results } = await wire.ask(alterUserScramCredentials, { deletions: [], upsertions });
      for (const { errorCode, errorMessage } of results) assert.equal(errorCode, 0, errorMessage ?? '');
    }
  } finally {
    wire.close();
  }
}

export async function logins(stage: Stage, mechanisms: readonly Login['mechanism'][]): Promise<void> {
  const topic = 'logins';
  await stage.createTopic(topic, 1);
  if (stage.broker.kind !== 'embedded') await addScramUser(stage);
  const { sasl, saslSsl, ca } = stage.broker;
  const stranger = stage.file();
  writeFileSync(stranger, newAuthority('of somebody else').certificate);
  const login = (mechanism: Login['mechanism'], password = 'klink') => ({ mechanism, username: 'klink', password });
  const over = {
    plain: (by: Login) => ({ bootstrap: sasl, security: { protocol: 'SASL_PLAINTEXT' as const, login: by } }),
    tls: (by: Login, authority = ca) => ({
      bootstrap: saslSsl,
      security: { protocol: 'SASL_SSL' as const, login: by, ca: authority },
    }),
  };
  const [first = 'PLAIN'] = mechanisms;
  const letIn = mechanisms.flatMap((mechanism) => [over.plain(login(mechanism)), over.tls(login(mechanism))]);
  const refused = [
    ...mechanisms.map((mechanism) => over.plain(login(mechanism, 'wrong'))),
    over.tls(login(first), stranger),
  ];
  const attempts = [...letIn, ...refused].map((attempt, i) => ({ ...attempt, value: `attempt ${i}` }));
  const answers = await stage.run('login', { topic, attempts });
  const outcomes = answers.flatMap((answer) => answer.login ?? []);
  assert.equal(outcomes.length, attempts.length);
  for (const { index, error } of outcomes) {
    const what = JSON.stringify(attempts[index]?.security);
    if (index < letIn.length) assert.equal(error, undefined, what);
    else assert.notEqual(error, undefined, `refused: ${what}`);
  }
  const seen = await readAll(stage, topic, 'read_uncommitted', letIn.length, 1);
  const values = seen.map(({ value }) => Buffer.from(value ?? '', 'base64').toString());
  // They may have been made at once.
  const expected = attempts.slice(0, letIn.length).map(({ value }) => value);
  assert.deepEqual(values.sort(), expected.sort());
}
