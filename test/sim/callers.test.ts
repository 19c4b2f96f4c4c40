/** Logins of callers against a scripted broker: what is cached, what is slowed, what is asked of whom, and what is bounded. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { CallerLogin } from '../../src/api/ports.js';
import { silentLog } from '../../src/base/log.js';
import { describeCluster } from '../../src/protocol/api/describe-cluster.js';
import { describeUserScramCredentials } from '../../src/protocol/api/describe-user-scram-credentials.js';
import { saslAuthenticate } from '../../src/protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../../src/protocol/api/sasl-handshake.js';
import { ClusterCallers, LOGIN_COUNTS_MS, REFUSAL_ANSWER_MS, SESSIONS_MAX } from '../../src/serve/callers/callers.js';
import { Guesses, NAME_LIMIT, PEER_LIMIT, REMEMBERED_MAX } from '../../src/serve/callers/guesses.js';
import { ScriptedCluster } from './scripted-cluster.js';

class Stage {
  readonly kafka: ScriptedCluster;
  readonly callers: ClusterCallers;
  readonly guesses: Guesses;
  /** Of PLAIN. */
  readonly secrets = new Map([['app', 'right']]);
  readonly mechanisms: string[] = [];
  readonly #nowMs: () => number;

  private constructor(kafka: ScriptedCluster, scram: Readonly<Record<string, readonly number[]>>) {
    this.kafka = kafka;
    const { clock, random, network } = kafka.world.host('klink');
    this.#nowMs = () => clock.monotonicMs();
    this.guesses = new Guesses(clock);
    for (const broker of kafka.brokers) {
      broker.on(describeUserScramCredentials, ({ users }) => ({
        results: (users ?? []).map(({ name }) => {
          const credentialInfos = (scram[name] ?? []).map((mechanism) => ({ mechanism, iterations: 4_096 }));
          return { user: name, errorCode: credentialInfos.length === 0 ? 91 : 0, credentialInfos };
        }),
      }));
      broker.on(describeCluster, () => ({ clusterId: 'scripted', clusterAuthorizedOperations: 1 << 8 }));
      broker.on(saslHandshake, ({ mechanism }) => {
        this.mechanisms.push(mechanism);
        return { errorCode: 0 };
      });
      broker.on(saslAuthenticate, ({ authBytes }) => {
        const [, name, secret] = authBytes.toString('utf8').split('\0');
        return { errorCode: name !== undefined && this.secrets.get(name) === secret ? 0 : 58 };
      });
    }
    this.callers = new ClusterCallers({
      target: {
        clock,
        random,
        network,
        log: silentLog,
        name: 'scripted',
        bootstrap: kafka.brokers.map(({ address }) => address),
        tls: undefined,
        engine: kafka.client(),
      },
      listener: { bootstrap: 'a:1', securityProtocol: 'SASL_PLAINTEXT', authorities: undefined, checksName: true },
      guesses: this.guesses,
    });
  }

  static async start(size = 1, scram: Readonly<Record<string, readonly number[]>> = {}): Promise<Stage> {
    return new Stage(await ScriptedCluster.start(size), scram);
  }

  get logins(): number {
    return this.mechanisms.length;
  }

  begin(name: string, secret: string, peer = 'p', knownOnly = false): Promise<CallerLogin> {
    return this.callers.logIn({ name, secret, peer }, { knownOnly });
  }

  async logIn(name: string, secret: string, peer = 'p', knownOnly = false): Promise<string> {
    const login = await this.kafka.finish(this.begin(name, secret, peer, knownOnly));
    if (login.kind === 'accepted') login.session.release();
    return login.kind;
  }

  async timed(name: string, secret: string): Promise<number> {
    const before = this.#nowMs();
    assert.equal(await this.logIn(name, secret), 'refused');
    return this.#nowMs() - before;
  }
}

test('a login counts for a minute over its own connections, and is then made anew [identity 2.2]', async () => {
  const stage = await Stage.start();
  for (let i = 0; i < 5; i++) assert.equal(await stage.logIn('app', 'right'), 'accepted');
  assert.equal(stage.logins, 1);
  const live = (secret: string) => {
    const session = stage.callers.loggedIn({ name: 'app', secret, peer: 'p' });
    session?.release();
    return session !== undefined;
  };
  assert.deepEqual([live('right'), live('wrong')], [true, false]);
  await stage.kafka.world.run(LOGIN_COUNTS_MS - 1_000);
  stage.secrets.set('app', 'changed');
  assert.equal(await stage.logIn('app', 'right'), 'accepted');
  await stage.kafka.world.run(2_000);
  assert.equal(live('right'), false);
  assert.equal(await stage.logIn('app', 'right'), 'refused');
  assert.equal(await stage.logIn('app', 'changed'), 'accepted');
});

test('the right secret of one name is no secret of another [identity 2.2]', async () => {
  const stage = await Stage.start();
  assert.equal(await stage.logIn('app', 'right'), 'accepted');
  assert.equal(await stage.logIn('ap', 'pright'), 'refused');
  assert.equal(await stage.logIn('other', 'right'), 'refused');
});

test('wrong and unknown are answered alike, slowly, and asked of Kafka once for a while [identity 2.3]', async () => {
  const stage = await Stage.start();
  const [wrong, unknown] = [await stage.timed('app', 'wrong'), await stage.timed('nobody', 'wrong')];
  assert.ok(wrong >= REFUSAL_ANSWER_MS && unknown >= REFUSAL_ANSWER_MS, `${wrong} ${unknown}`);
  assert.ok(Math.abs(wrong - unknown) < 100, `${wrong} ${unknown}`);
  assert.equal(stage.logins, 2);
  for (let i = 0; i < 3; i++) await stage.timed('app', 'wrong');
  assert.equal(stage.logins, 2, 'what was refused just now is not asked again');
});

test('a wrong secret is tried at one broker, not at each of them [identity 2.3]', async () => {
  const stage = await Stage.start(3);
  await stage.timed('app', 'wrong');
  assert.equal(stage.logins, 1);
});

test('a SCRAM user is tried by SCRAM alone, strongest first; elsewhere a stranger not at all [identity 2.1]', async () => {
  const stage = await Stage.start(1, { 'sa-1': [1, 2] });
  assert.equal(await stage.logIn('sa-1', 'x'), 'refused');
  assert.deepEqual(stage.mechanisms, ['SCRAM-SHA-512', 'SCRAM-SHA-256']);
  assert.equal(await stage.logIn('app', 'right', 'p', true), 'refused');
  assert.equal(stage.logins, 2, 'nothing was sent');
  assert.equal(await stage.logIn('app', 'right'), 'accepted');
});

test('guessing at a name ends in 429 that says how long; the secret that was right before is let in [identity 2.4]', async () => {
  const stage = await Stage.start();
  assert.equal(await stage.logIn('app', 'right'), 'accepted');
  await stage.kafka.world.run(LOGIN_COUNTS_MS + 1_000);
  const before = stage.logins;
  const guesses = Array.from({ length: 40 }, (_, i) => stage.begin('app', `guess-${i}`, `peer-${i}`));
  const answers = await stage.kafka.finish(Promise.all(guesses));
  const asked = stage.logins - before;
  assert.ok(asked <= NAME_LIMIT.attempts, `${asked} of 40 guesses made side by side reached Kafka`);
  const held = answers.filter((each) => each.kind === 'guessing');
  assert.equal(held.length, 40 - asked);
  assert.ok(held.every((each) => each.kind === 'guessing' && each.retryAfterMs > 0));
  assert.equal(await stage.logIn('app', 'right'), 'accepted', 'guessers lock nobody out');
  assert.equal(await stage.logIn('app', 'more'), 'guessing');
  await stage.kafka.world.run(NAME_LIMIT.everyMs);
  assert.equal(await stage.logIn('app', 'more'), 'refused');
});

test('one peer that goes through many names is held as well, and what is remembered is bounded [identity 2.4]', async () => {
  const stage = await Stage.start();
  let held = 0;
  for (let i = 0; i < PEER_LIMIT.attempts + 60; i++) {
    if (stage.guesses.take(`name-${i}`, 'one') > 0) held++;
  }
  assert.ok(held >= 55, String(held));
  for (let i = 0; i < REMEMBERED_MAX + 500; i++) stage.guesses.take(`n-${i}`, `p-${i}`);
  assert.ok(stage.guesses.remembered <= 2 * REMEMBERED_MAX);
});

test('a cluster that is away says so, and costs nobody an attempt [identity 2.5]', async () => {
  const stage = await Stage.start();
  for (const broker of stage.kafka.brokers) broker.on(describeUserScramCredentials, () => 'hang-up');
  // Side by side, so that no time passes in which attempts come back.
  for (let round = 0; round < 3; round++) {
    const attempts = Array.from({ length: NAME_LIMIT.attempts }, (_, i) => stage.begin('app', `${round}-${i}`));
    const answers = await stage.kafka.finish(Promise.all(attempts));
    assert.deepEqual([...new Set(answers.map(({ kind }) => kind))], ['unavailable']);
  }
});

test('sessions are bounded, and closed when nobody uses them [identity 2.6]', async () => {
  const stage = await Stage.start();
  for (let i = 0; i < SESSIONS_MAX + 10; i++) {
    stage.secrets.set(`user-${i}`, 's');
    assert.equal(await stage.logIn(`user-${i}`, 's', `peer-${i}`), 'accepted');
  }
  assert.ok(stage.callers.sessionCount <= SESSIONS_MAX);
  await stage.kafka.world.run(LOGIN_COUNTS_MS + 60_000);
  assert.equal(stage.callers.sessionCount, 0);
});

test('a request under way keeps its session over a new login, which ends with it [identity 2.6]', async () => {
  const stage = await Stage.start();
  const login = await stage.kafka.finish(stage.begin('app', 'right'));
  assert.ok(login.kind === 'accepted');
  await stage.kafka.world.run(LOGIN_COUNTS_MS + 1_000);
  assert.equal(await stage.logIn('app', 'right'), 'accepted');
  assert.equal(stage.callers.sessionCount, 2);
  assert.deepEqual([...(await stage.kafka.finish(login.session.rights()))], ['DESCRIBE']);
  login.session.release();
  login.session.release();
  assert.equal(stage.callers.sessionCount, 1);
});
