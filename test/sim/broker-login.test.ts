/** Logins at the embedded broker: what is served before one, how it fails, how long it lasts. Raw requests, simulated time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.js';
import type { SaslLogin } from '../../src/base/sasl.js';
import type { Broker } from '../../src/broker/broker.js';
import { saslConversation } from '../../src/client/sasl-conversation.js';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { describeUserScramCredentials } from '../../src/protocol/api/describe-user-scram-credentials.js';
import { metadata } from '../../src/protocol/api/metadata.js';
import { type SaslAuthenticateResponse, saslAuthenticate } from '../../src/protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../../src/protocol/api/sasl-handshake.js';
import { Wire } from '../harness/wire.js';
import { startSimBroker } from './sim-broker.js';
import { World } from './world.js';

const users = ['app', 'other'].map((name) => ({ name, password: 'right' }));
const initial = { users, acls: [] };
const [FAILED, ILLEGAL_STATE, UNSUPPORTED] = [58, 34, 33];

class Scene {
  readonly world: World;
  readonly config: Readonly<Record<string, string>>;
  broker: Broker | undefined;

  constructor(seed: number, config: Readonly<Record<string, string>> = {}) {
    this.world = new World(seed);
    this.config = config;
  }

  async start(): Promise<this> {
    const protocols = ['PLAINTEXT', 'SASL_PLAINTEXT'] as const;
    this.broker = await startSimBroker(this.world, 'broker', { config: this.config, initial, protocols });
    return this;
  }

  addressOf(protocol: string) {
    const found = this.broker?.listeners.find((each) => each.protocol === protocol);
    assert.ok(found);
    return found.address;
  }

  open(protocol = 'SASL_PLAINTEXT'): Promise<Wire> {
    return this.finish(Wire.open(this.addressOf(protocol), this.world.host('client').network));
  }

  finish<T>(work: Promise<T>): Promise<T> {
    return this.world.finish('an answer', 60_000, work);
  }

  /** What each message was answered with, the handshake left out. */
  async login(wire: Wire, login: SaslLogin) {
    const { errorCode } = await this.finish(wire.ask(saslHandshake, { mechanism: login.mechanism }));
    assert.equal(errorCode, 0);
    const conversation = await saslConversation(login, seededRandom(5));
    const answers: { code: number; message: string | null; lifetimeMs: bigint }[] = [];
    let next: Buffer | undefined = conversation.first;
    while (next !== undefined) {
      const answer: SaslAuthenticateResponse = await this.finish(wire.ask(saslAuthenticate, { authBytes: next }));
      answers.push({ code: answer.errorCode, message: answer.errorMessage, lifetimeMs: answer.sessionLifetimeMs });
      next = answer.errorCode === 0 ? await conversation.next(answer.authBytes) : undefined;
    }
    return answers;
  }

  async ended(wire: Wire): Promise<void> {
    await this.finish(assert.rejects(wire.send(metadata, 9, { topics: [] })));
    assert.ok(wire.isEnded);
  }

  async asks(wire: Wire): Promise<number | undefined> {
    return (await this.finish(wire.ask(metadata, { topics: [] }))).brokers[0]?.port;
  }
}

const right = (mechanism: SaslLogin['mechanism']): SaslLogin => ({ mechanism, username: 'app', password: 'right' });
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

test('login: by each mechanism against one stored key, and each listener tells its own port [broker 9.1, 9.3]', async () => {
  const scene = await new Scene(1).start();
  for (const mechanism of mechanisms) {
    const wire = await scene.open();
    const answers = await scene.login(wire, right(mechanism));
    assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set([0]));
    assert.equal(await scene.asks(wire), scene.addressOf('SASL_PLAINTEXT').port);
  }
  assert.equal(await scene.asks(await scene.open('PLAINTEXT')), scene.addressOf('PLAINTEXT').port);
});

test('login: a wrong password and an unknown user are answered alike, and the connection ends [broker 9.2, 9.3]', async () => {
  const scene = await new Scene(2).start();
  for (const mechanism of mechanisms) {
    const said = [];
    for (const wrong of [{ password: 'wrong' }, { username: 'nobody' }]) {
      const wire = await scene.open();
      said.push(await scene.login(wire, { ...right(mechanism), ...wrong }));
      await scene.ended(wire);
    }
    assert.deepEqual(said[0], said[1], mechanism);
    assert.equal(said[0]?.at(-1)?.code, FAILED);
    assert.doesNotMatch(said[0]?.at(-1)?.message ?? '', /wrong|nobody|app/);
  }
});

test('login: before it nothing is served but ApiVersions once, and a strange mechanism ends it [broker 9.2]', async () => {
  const scene = await new Scene(3).start();
  await scene.ended(await scene.open());
  const twice = await scene.open();
  await scene.finish(
    assert.rejects(twice.send(apiVersions, 3, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })),
  );
  const during = await scene.open();
  await scene.finish(during.ask(saslHandshake, { mechanism: 'PLAIN' }));
  await scene.ended(during);
  const strange = await scene.open();
  const refused = await scene.finish(strange.ask(saslHandshake, { mechanism: 'GSSAPI' }));
  assert.deepEqual([refused.errorCode, refused.mechanisms.toSorted()], [UNSUPPORTED, [...mechanisms]]);
  await scene.ended(strange);
});

test('login: its messages are out of place where nobody logs in, and after a login too soon [broker 9.2]', async () => {
  const scene = await new Scene(4).start();
  const open = await scene.open('PLAINTEXT');
  assert.equal((await scene.finish(open.ask(saslHandshake, { mechanism: 'PLAIN' }))).errorCode, ILLEGAL_STATE);
  const wire = await scene.open();
  await scene.login(wire, right('PLAIN'));
  const again = await scene.finish(wire.ask(saslAuthenticate, { authBytes: Buffer.from('\0app\0right') }));
  assert.equal(again.errorCode, ILLEGAL_STATE);
  assert.equal(await scene.asks(wire), scene.addressOf('SASL_PLAINTEXT').port, 'and it goes on');
});

test('login: a session ends, unless the same user logs in again in time (KIP-368) [broker 9.2]', async () => {
  const scene = await new Scene(5, { 'connections.max.reauth.ms': '60000' }).start();
  const renewed = await scene.open();
  const left = await scene.open();
  const other = await scene.open();
  for (const wire of [renewed, left, other]) {
    assert.equal((await scene.login(wire, right('SCRAM-SHA-256'))).at(-1)?.lifetimeMs, 60_000n);
  }
  await scene.world.run(40_000);
  await scene.login(renewed, right('SCRAM-SHA-256'));
  const { errorCode } = await scene.finish(other.ask(saslHandshake, { mechanism: 'PLAIN' }));
  assert.equal(errorCode, UNSUPPORTED, 'by another mechanism');
  const changed = await scene.open();
  await scene.login(changed, right('PLAIN'));
  await scene.world.run(30_000);
  const refused = await scene.login(changed, { ...right('PLAIN'), username: 'other' });
  assert.equal(refused.at(-1)?.code, FAILED, 'as another user');
  assert.equal(await scene.asks(renewed), scene.addressOf('SASL_PLAINTEXT').port);
  await scene.ended(left);
});

test('users: changed as asked, each once in a request, and still there after kill -9 [broker 9.3, 2.3]', async () => {
  const scene = await new Scene(6).start();
  const [SHA_256, SHA_512] = [1, 2];
  const salted = { salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(32, 1) };
  const set = (name: string, more: Partial<{ mechanism: number; iterations: number }> = {}) => ({
    name,
    mechanism: SHA_256,
    iterations: 4096,
    ...salted,
    ...more,
  });
  let wire = await scene.open('PLAINTEXT');
  const { results } = await scene.finish(
    wire.ask(alterUserScramCredentials, {
      upsertions: [
        set('good'),
        set('few', { iterations: 4095 }),
        set('many', { iterations: 16_385 }),
        set(''),
        set('strange', { mechanism: 3 }),
        set('twice'),
        set('twice', { mechanism: SHA_512 }),
        set('app'),
      ],
      deletions: [
        { name: 'missing', mechanism: SHA_256 },
        { name: 'app', mechanism: SHA_512 },
      ],
    }),
  );
  const codes = Object.fromEntries(results.map(({ user, errorCode }) => [user, errorCode]));
  assert.deepEqual(codes, { missing: 91, app: 92, good: 0, few: 93, many: 93, '': 93, strange: 33, twice: 92 });
  const described = async () => {
    const answer = await scene.finish(wire.ask(describeUserScramCredentials, { users: null }));
    return answer.results.map(({ user, credentialInfos }) => [user, credentialInfos.map(({ mechanism }) => mechanism)]);
  };
  const expected = [
    ['app', [SHA_512, SHA_256]],
    ['good', [SHA_256]],
    ['other', [SHA_512, SHA_256]],
  ];
  assert.deepEqual(await described(), expected);
  scene.world.kill('broker');
  await scene.start();
  wire = await scene.open('PLAINTEXT');
  assert.deepEqual(await described(), expected);
  const users = [{ name: 'good' }, { name: 'nobody' }];
  const asked = await scene.finish(wire.ask(describeUserScramCredentials, { users }));
  assert.deepEqual(
    asked.results.map(({ errorCode }) => errorCode),
    [0, 91],
  );
});
