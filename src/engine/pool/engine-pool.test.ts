import assert from 'node:assert/strict';
import test from 'node:test';
import { AclCluster } from '../../../test/harness/acl-cluster.js';
import type { Clock } from '../../base/clock.js';
import { silentLog } from '../../base/log.js';
import { seededRandom } from '../../base/random.js';
import { fail, ok } from '../../base/result.js';
import type { MirrorAssignment } from '../../model/assignment.js';
import { anonymousInTheClear } from '../../model/link-security.js';
import { workingSettings } from '../../model/topic-settings.js';
import type { Engine, EngineEvent, EngineOptions } from '../copy/engine-types.js';
import { SourceClusters } from '../source/source-clusters.js';
import { createEnginePool, type LinkAssignment } from './engine-pool.js';

class FakeEngine implements Engine {
  readonly options: EngineOptions;
  assigned: readonly MirrorAssignment[] | undefined;
  stopAsked = false;
  readonly bytesHeld = 0;
  finish: () => void = () => {};
  readonly #stopping: Promise<void>;

  constructor(options: EngineOptions) {
    this.options = options;
    this.#stopping = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  assign(assignments: readonly MirrorAssignment[]): void {
    this.assigned = assignments;
  }

  observations() {
    return (this.assigned ?? []).map(({ linkId, mirrorTopic }) => ({ linkId, mirrorTopic, partitions: [] }));
  }

  stop(): Promise<void> {
    this.stopAsked = true;
    return this.#stopping;
  }
}

/** The last timer that was set, fired by hand. */
class OneTimer implements Clock {
  #fire: (() => void) | undefined;
  nowMs = () => 0;
  monotonicMs = () => 0;
  setTimer(_: number, fire: () => void) {
    this.#fire = fire;
    return {
      cancel: () => {
        if (this.#fire === fire) this.#fire = undefined;
      },
    };
  }
  get isSet(): boolean {
    return this.#fire !== undefined;
  }
  fire(): void {
    const fire = this.#fire;
    this.#fire = undefined;
    fire?.();
  }
}

function bench() {
  const clock = new OneTimer();
  const secrets = new Map<string, string>();
  const network = {
    connect: () => Promise.reject(new Error('no network here')),
    listen: () => Promise.reject(new Error('no network here')),
  };
  const random = seededRandom(1);
  const sources = new SourceClusters({
    clock: { nowMs: () => 0, monotonicMs: () => 0, setTimer: () => ({ cancel() {} }) },
    random,
    network,
    log: silentLog,
    resolveSecret: (reference) => {
      const value = secrets.get(reference);
      return value === undefined ? fail('it is not set') : ok(value);
    },
  });
  const engines: FakeEngine[] = [];
  const calls: unknown[] = [];
  const pool = createEnginePool({
    destination: new AclCluster(),
    sources,
    surroundings: { clock, random, log: silentLog },
    lease: { holds: () => true, mayWriteMarkers: () => true, term: () => 1, exclusive: () => true },
    marker: (linkId) => ({ number: linkId === 'a' ? 7 : 8, epoch: 0 }),
    raiseMarker: async (linkId) => ({ number: linkId === 'a' ? 7 : 8, epoch: 1 }),
    confirm: async () => void calls.push('confirm'),
    clockAheadMs: () => 400,
    clampGroups: async (...asked) => void calls.push(asked),
    correctSettings: async (...asked) => void calls.push(asked),
    start: (options) => {
      const engine = new FakeEngine(options);
      engines.push(engine);
      return engine;
    },
  });
  return { pool, engines, calls, secrets, clock, sources };
}

function link(
  linkId: string,
  mirrors: readonly string[],
  more: Partial<LinkAssignment['source']> = {},
): LinkAssignment {
  return {
    source: { linkId, linkName: linkId, bootstrapServers: 'source:9092', security: anonymousInTheClear, ...more },
    mirrors: mirrors.map((mirrorTopic) => ({
      linkId,
      linkName: linkId,
      mirrorTopic,
      destinationTopicId: `id-of-${mirrorTopic}`,
      sourceTopic: mirrorTopic,
      sourceTopicId: 'source-id',
      lineage: { number: 1, random: '00', startOffsets: [] },
      mode: 'copy',
      failed: [],
      memory: [],
    })),
  };
}

/** Lets promises that are settled go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('pool: one engine per link, each told of its own mirrors', () => {
  const { pool, engines } = bench();
  pool.assign([link('a', ['x', 'y']), link('b', ['z'])]);
  pool.assign([link('a', ['x']), link('b', ['z', 'w'])]);
  assert.deepEqual(
    engines.map((each) => each.assigned?.map(({ mirrorTopic }) => mirrorTopic)),
    [['x'], ['z', 'w']],
  );
  assert.deepEqual(
    pool.observations().map(({ mirrorTopic }) => mirrorTopic),
    ['x', 'z', 'w'],
  );
  assert.equal(engines[1]?.options.marker.journalled().number, 8);
  assert.deepEqual(engines[0]?.options.workingSettings, workingSettings);
});

test('pool: a link that is gone, or has no mirrors, is running until its engine has stopped [8 (1)]', async () => {
  const { pool, engines } = bench();
  pool.assign([link('a', ['x']), link('b', ['z'])]);
  pool.assign([link('b', [])]);
  assert.deepEqual(
    engines.map((each) => each.stopAsked),
    [true, true],
  );
  assert.deepEqual([pool.running('a'), pool.running('b'), pool.running('c')], [true, true, false]);
  engines[0]?.finish();
  await settled();
  assert.deepEqual([pool.running('a'), pool.running('b')], [false, true]);
});

test('pool: an engine is started again only when the one before has stopped', async () => {
  const { pool, engines } = bench();
  pool.assign([link('a', ['x'])]);
  pool.assign([]);
  pool.assign([link('a', ['x'])]);
  assert.equal(engines.length, 1);
  engines[0]?.finish();
  await settled();
  assert.equal(engines.length, 2);
  assert.deepEqual(engines[1]?.assigned?.length, 1);
});

const byPassword = { kind: 'password', mechanism: 'PLAIN', username: 'u', passwordReference: 'pw' } as const;

test('pool: another address or another secret is another engine', async () => {
  const { pool, engines, secrets, clock } = bench();
  const security = { login: byPassword, tls: undefined };
  secrets.set('pw', 'one');
  pool.assign([link('a', ['x'], { security })]);
  pool.assign([link('a', ['x'], { security, bootstrapServers: 'other:9092' })]);
  assert.equal(engines[0]?.stopAsked, true);
  engines[0]?.finish();
  await settled();
  secrets.set('pw', 'two');
  clock.fire();
  assert.equal(engines[1]?.stopAsked, true);
  engines[1]?.finish();
  await settled();
  secrets.delete('pw');
  clock.fire();
  assert.deepEqual([engines.length, engines[2]?.stopAsked], [3, false], 'a secret that is gone ends nothing');
});

test('pool: a link whose secret cannot be resolved does not stop the others, and is tried again', () => {
  const { pool, engines, secrets, clock } = bench();
  const security = { login: byPassword, tls: undefined };
  pool.assign([link('a', ['x'], { security }), link('b', ['z'])]);
  assert.deepEqual([pool.running('a'), pool.running('b')], [false, true]);
  clock.fire();
  assert.equal(pool.running('a'), false);
  secrets.set('pw', 'found');
  clock.fire();
  assert.equal(pool.running('a'), true);
  assert.equal(engines.length, 2);
});

test('pool: stopped when nothing is in flight any more, and then no timer is left', async () => {
  const { pool, engines, clock, sources } = bench();
  pool.assign([link('a', ['x']), link('b', ['z'])]);
  let over = false;
  const stopped = pool.stopped().then(() => {
    over = true;
  });
  engines[0]?.finish();
  await settled();
  assert.equal(over, false);
  engines[1]?.finish();
  await stopped;
  assert.deepEqual([pool.running('a'), pool.running('b'), clock.isSet], [false, false, false]);
  assert.equal(sources.size, 2, 'given back, kept for a while');
});

test('pool: what is assigned while it stops is not waited for', async () => {
  const { pool, engines } = bench();
  pool.assign([link('a', ['x'])]);
  const stopped = pool.stopped();
  pool.assign([link('a', ['x']), link('b', ['z'])]);
  engines[0]?.finish();
  await stopped;
  assert.deepEqual([engines.length, engines[1]?.stopAsked], [3, false]);
});

test('pool: events go to whoever listens', () => {
  const { pool, engines } = bench();
  const heard: EngineEvent[] = [];
  const end = pool.onEvent((event) => heard.push(event));
  pool.assign([link('a', ['x'])]);
  engines[0]?.options.onEvent({ kind: 'wake-up', stalledMs: 5 });
  end();
  engines[0]?.options.onEvent({ kind: 'wake-up', stalledMs: 6 });
  assert.deepEqual(heard, [{ kind: 'wake-up', stalledMs: 5 }]);
});

test('pool: what the engine asks for in the middle of its work is asked of control [2.4] [3.2] [3.4]', async () => {
  const { pool, engines, calls } = bench();
  pool.assign([link('a', ['x'])]);
  await engines[0]?.options.clampGroups?.('x', 2, 40n);
  assert.equal(engines[0]?.options.clockAheadMs?.(), 400);
  const drift = [{ name: 'retention.ms', wanted: '-1', found: '5', critical: false }];
  await engines[0]?.options.correctSettings?.('x', drift);
  assert.deepEqual(calls, [
    ['x', 2, 40n],
    ['x', ['retention.ms']],
  ]);
});
