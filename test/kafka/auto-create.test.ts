/**
 * Two links against each other with prefixes, both of which make mirrors of everything by themselves, on brokers of each
 * kind: names, offsets of groups, growth, a pause, a failover, and that nothing goes round in circles.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { alterTopicConfig } from '../../src/client/admin/configs.js';
import { growTopic } from '../../src/client/admin/topics.js';
import { bootstrapAddresses } from '../../src/engine/source/address.js';
import { Guesses } from '../../src/serve/callers/guesses.js';
import { createSite, type Site } from '../../src/site.js';
import { Destination, surroundings } from '../harness/destination.js';
import { writePlain } from '../harness/engine-source.js';
import { commitPlainly, stored } from '../harness/group-members.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import { WireTopic } from '../harness/wire-topic.js';

const LINK = 'aa';
/** Of waits that take a second or six; machines that run everything at once are slower. */
const WITHIN_MS = 60_000;
/** `original` writes, `dr` mirrors it under `o.`; the link back has the prefix `d.`. */
let original: Side;
let dr: Side;

interface Side {
  readonly cluster: Destination;
  readonly site: Site;
  readonly wire: Wire;
}

const none = { ok: false, error: 'there are none' } as const;

async function open(name: string): Promise<Side> {
  const cluster = await Destination.start();
  const bootstrap = bootstrapAddresses(cluster.authorizes ? cluster.bootstrap : cluster.plaintext);
  assert.ok(bootstrap.ok);
  const sasl = { mechanism: 'PLAIN', username: 'klink', password: 'klink' } as const;
  const site = createSite({
    config: {
      name,
      id: undefined,
      bootstrap: bootstrap.value,
      clientBootstrap: cluster.bootstrap,
      home: false,
      security: cluster.authorizes ? { sasl } : {},
    },
    surroundings,
    url: () => 'http://localhost',
    secrets: { resolve: () => none, seal: () => none, keep: () => none },
    managed: () => [],
    peer: () => undefined,
    guesses: new Guesses(surroundings.clock),
    switches: {},
  });
  site.start();
  return { cluster, site, wire: await cluster.wire() };
}

async function link(at: Side, from: Side, settings: Readonly<Record<string, string>>): Promise<void> {
  await until('klink owns the cluster', WITHIN_MS, () => at.site.managed.ownership() === 'owner');
  const given = new Map(Object.entries({ 'bootstrap.servers': from.cluster.plaintext, ...settings }));
  const request = { name: LINK, sourceClusterId: undefined, linkId: undefined, settings: given };
  const made = await at.site.managed.links.createLink(request, { validateOnly: false, validateLink: true });
  assert.ok(made.ok, made.ok ? '' : made.error.message);
}

async function set(at: Side, name: string, value: string): Promise<void> {
  const options = { validateOnly: false, validateLink: true };
  const changed = await at.site.managed.links.alterLink(LINK, [{ name, value }], options);
  assert.ok(changed.ok, changed.ok ? '' : changed.error.message);
}

const all = (prefix: string) => ({
  'cluster.link.prefix': prefix,
  'auto.create.mirror.topics.enable': 'true',
  'auto.create.mirror.topics.filters': '{"topicFilters":[{"name":"*","patternType":"LITERAL","filterType":"INCLUDE"}]}',
  'topic.config.sync.ms': '1000',
});
const syncs = {
  'consumer.offset.sync.enable': 'true',
  'consumer.offset.sync.ms': '1000',
  'consumer.offset.group.filters': '{"groupFilters":[{"name":"*"}]}',
};

async function mirror(at: Side, topic: string) {
  const view = await at.site.managed.links.mirror(LINK, topic);
  if (!view.ok) throw new Error(view.error.message);
  return view.value;
}

async function copied(topic: string, ends: readonly bigint[]): Promise<void> {
  await until(`${topic} is copied to ${ends.join()}`, WITHIN_MS, async () => {
    const { partitions, pending } = await mirror(dr, topic);
    const found = partitions.map(({ mirrorEnd }) => mirrorEnd);
    if (found.join() !== ends.join()) throw new Error(`${found.join()} ${pending ?? ''}`);
    return true;
  });
}

async function topicsOf({ site }: Side): Promise<string[]> {
  const topics = await site.managed.admin.topics();
  return topics.map(({ name }) => name).filter((name) => !name.startsWith('_'));
}

before(async () => {
  [original, dr] = await Promise.all([open('original'), open('dr')]);
});
after(async () => {
  for (const { site, wire, cluster } of [original, dr]) {
    await site.stop();
    wire.close();
    await cluster.stop();
  }
});

test('auto-create with prefixes both ways: names, offsets, growth, pause and failover, and nothing goes in circles', async () => {
  const numbers = await WireTopic.create(original.wire, 'numbers', { partitions: 2 });
  await writePlain(numbers, 20);
  await WireTopic.create(dr.wire, 'local', { partitions: 1 });
  await link(dr, original, { ...all('o.'), ...syncs });
  await link(original, dr, all('d.'));
  await copied('o.numbers', [20n, 0n]);
  assert.equal((await mirror(dr, 'o.numbers')).sourceTopic, 'numbers');

  assert.equal(await commitPlainly(original.wire, 'app', [{ topic: 'numbers', offset: 20n }]), 0);
  await until('the group stands at the mirror', WITHIN_MS, async () => {
    return (await stored(dr.wire, 'app', 'o.numbers'))?.offset === 20n;
  });
  assert.equal(await stored(dr.wire, 'app', 'numbers'), undefined);
  await until('the link back has mirrored what is dr’s own', WITHIN_MS, async () => {
    return (await topicsOf(original)).includes('d.local');
  });

  // Paused: neither records nor partitions nor new topics come over.
  await set(dr, 'cluster.link.paused', 'true');
  assert.equal((await mirror(dr, 'o.numbers')).status, 'LINK_PAUSED');
  await writePlain(numbers, 5);
  const admin = original.cluster.as('anonymous');
  await growTopic(admin, { name: 'numbers', count: 3 });
  await alterTopicConfig(admin, 'numbers', [{ name: 'retention.ms', value: '3600000' }]);
  await WireTopic.create(original.wire, 'late', { partitions: 1 });
  await set(dr, 'cluster.link.paused', 'false');
  await copied('o.numbers', [25n, 0n, 0n]);
  await until('the topic made meanwhile is mirrored', WITHIN_MS, async () => {
    return (await mirror(dr, 'o.late')).status === 'ACTIVE';
  });
  await until('what its source has set is what it will be set to', WITHIN_MS, async () => {
    return (await dr.site.managed.links.wantedSettings('o.numbers'))?.get('retention.ms') === '3600000';
  });

  const [failover] = (await over('o.numbers')) ?? [];
  assert.equal(failover?.refusal, undefined);
  await until('o.numbers has stopped', WITHIN_MS, async () => (await mirror(dr, 'o.numbers')).status === 'STOPPED');
  assert.equal((await stored(dr.wire, 'app', 'o.numbers'))?.offset, 20n);
  await growTopic(admin, { name: 'numbers', count: 4 });
  // Two rounds and more have passed when this one is there: nothing is made anew, grown or sent round.
  await WireTopic.create(original.wire, 'last', { partitions: 1 });
  await until('the last topic is mirrored', WITHIN_MS, async () => (await mirror(dr, 'o.last')).status === 'ACTIVE');
  assert.equal((await mirror(dr, 'o.numbers')).status, 'STOPPED');
  assert.equal((await dr.site.managed.admin.topic('o.numbers'))?.partitions, 3);
  assert.deepEqual((await topicsOf(dr)).sort(), ['local', 'o.last', 'o.late', 'o.numbers']);
  // What was failed over is dr's own: the link back may take it, as soon as it looks. What that makes goes nowhere.
  const atOriginal = (await topicsOf(original)).filter((name) => name !== 'd.o.numbers');
  assert.deepEqual(atOriginal.sort(), ['d.local', 'last', 'late', 'numbers']);
});

async function over(topic: string) {
  const rows = await dr.site.managed.links.alterMirrors(LINK, 'failover', [topic], false);
  return rows.ok ? rows.value : undefined;
}
