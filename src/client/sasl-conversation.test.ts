import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../base/random.js';
import { bearer, readableRefusal, saslConversation, scram } from './sasl-conversation.js';

const user = { mechanism: 'SCRAM-SHA-256', username: 'user', password: 'pencil' } as const;
/** RFC 7677, section 3. */
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const BOTH = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const SERVER_FIRST = `r=${BOTH},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';
const text = (bytes: Buffer | undefined) => bytes?.toString('utf8');

test('scram: speaks as RFC 7677 shows', async () => {
  const conversation = scram('sha256', user, NONCE);
  assert.equal(text(conversation.first), `n,,n=user,r=${NONCE}`);
  assert.equal(
    text(await conversation.next(Buffer.from(SERVER_FIRST))),
    `c=biws,r=${BOTH},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
  );
  assert.equal(await conversation.next(Buffer.from(SERVER_FINAL)), undefined);
});

test('scram: a broker that does not know the password is not believed', async () => {
  for (const final of ['v=AAAA', `v=${Buffer.alloc(32).toString('base64')}`, '', 'e=invalid-proof']) {
    const conversation = scram('sha256', user, NONCE);
    await conversation.next(Buffer.from(SERVER_FIRST));
    await assert.rejects(conversation.next(Buffer.from(final)), /knows the password|refuses the login/, final);
  }
});

test('scram: a first answer that is not one is refused', async () => {
  const wrong = [
    [SERVER_FIRST.replace(BOTH, 'other'), /nonce/],
    [SERVER_FIRST.replace(BOTH, NONCE), /nonce/],
    [SERVER_FIRST.replace('4096', '4095'), /asks for 4095 iterations/],
    [SERVER_FIRST.replace('4096', '99999999'), /asks for 99999999 iterations/],
    [`m=ext,${SERVER_FIRST}`, /extension/],
    ['e=other-error', /refuses/],
    ['', /nonce/],
  ] as const;
  for (const [first, error] of wrong) {
    await assert.rejects(scram('sha256', user, NONCE).next(Buffer.from(first)), error, first);
  }
});

test('scram: names are escaped, and each conversation has a nonce of its own', async () => {
  const random = seededRandom(1);
  const login = { ...user, mechanism: 'SCRAM-SHA-512', username: 'a=b,c' } as const;
  const firsts = [await saslConversation(login, random), await saslConversation(login, random)].map(
    ({ first }) => text(first) ?? '',
  );
  for (const first of firsts) assert.match(first, /^n,,n=a=3Db=2Cc,r=[A-Za-z0-9_-]{32}$/);
  assert.notEqual(firsts[0], firsts[1]);
});

test('bearer: a refused token is answered once, and what the broker says of it is readable (RFC 7628)', async () => {
  const conversation = bearer('abc', { logicalCluster: 'lkc-1' });
  assert.equal(text(conversation.first), 'n,,\x01auth=Bearer abc\x01logicalCluster=lkc-1\x01\x01');
  assert.equal(await conversation.next(Buffer.alloc(0)), undefined);
  assert.equal(text(await conversation.next(Buffer.from('{"status":"invalid_token"}'))), '\x01');
  const told = '{"status":"invalid_token","scope":"kafka"}';
  assert.equal(readableRefusal(told), 'the broker refuses the token: invalid_token, scope kafka');
  assert.equal(readableRefusal('Authentication failed'), 'Authentication failed');
  assert.equal(readableRefusal(null), null);
});

test('plain: one message, and whatever is answered completes it (RFC 4616)', async () => {
  const conversation = await saslConversation({ ...user, mechanism: 'PLAIN' }, seededRandom(1));
  assert.equal(text(conversation.first), '\0user\0pencil');
  assert.equal(await conversation.next(Buffer.alloc(0)), undefined);
});
