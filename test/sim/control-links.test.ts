/** Links: what is refused and why, what a dry run leaves alone, deletion, and a source that is away or says no. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newMirror, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();
const SASL = { 'security.protocol': 'SASL_PLAINTEXT' };
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="hunter2";';

test('link create refuses bad input with a reason and changes nothing [P10]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  const before = scene.destination.audit.length;
  const cases: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['LINK_NAME_INVALID', 'no spaces here', {}],
    ['LINK_NAME_INVALID', '..', {}],
    ['LINK_NAME_INVALID', '-', {}],
    ['LINK_EXISTS', 'lk', {}],
    ['SETTING_UNKNOWN', 'x', { 'bootstrap.server': 'a:1' }],
    ['SETTING_INVALID', 'x', { 'bootstrap.servers': 'nowhere' }],
    ['SETTING_INVALID', 'x', { 'consumer.offset.sync.ms': '5' }],
    ['SETTING_INVALID', 'x', { 'consumer.offset.group.filters': '{"groupFilters":[{"nam":"a"}]}' }],
    ['SETTING_UNSUPPORTED', 'x', { 'mirror.start.offset.spec': 'latest' }],
    ['SETTING_UNSUPPORTED', 'x', { 'link.mode': 'BIDIRECTIONAL' }],
    ['SETTING_UNSUPPORTED', 'x', { 'security.protocol': 'SASL_TLS' }],
    ['SETTING_INVALID', 'x', { 'security.protocol': 'SASL_SSL' }],
    ['SETTING_INVALID', 'x', { 'security.protocol': 'SASL_PLAINTEXT', username: 'me', password: '' }],
    ['SETTING_INVALID', 'x', { 'security.protocol': 'SASL_PLAINTEXT', username: 'me', password: '${vault:hunter2}' }],
    ['SETTING_INVALID', 'x', { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.jaas.config': PLAIN.slice(0, -1) }],
    ['SETTING_INVALID', 'x', { ...SASL, 'sasl.mechanism': 'SCRAM-SHA-256', 'sasl.jaas.config': PLAIN }],
    ['SETTING_INVALID', 'x', { 'security.protocol': 'SSL', 'ssl.keystore.key': 'hunter2' }],
    ['SETTING_INVALID', 'x', { username: 'me' }],
  ];
  for (const [reason, name, settings] of cases) {
    assert.equal(await scene.refused(scene.createLink(klink, name, settings)), reason, JSON.stringify(settings));
  }
  assert.equal(scene.destination.audit.length, before);
});

test('a secret that was written out is sealed before it is journalled, and never comes back [P9]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  const secret = { ...SASL, username: 'me', password: 'hunter2' };
  const broken = { ...SASL, 'sasl.jaas.config': PLAIN.replace(';', '') };
  const answer = await scene.finish(scene.createLink(klink, 'x', broken));
  assert.match(answer.ok ? '' : answer.error.message, /sasl\.jaas\.config does not end with a semicolon/);
  assert.doesNotMatch(answer.ok ? '' : answer.error.message, /hunter2/);
  scene.source.refuses = true;
  assert.equal(await scene.refused(scene.createLink(klink, 'x', secret)), 'SOURCE_REFUSED');
  const request = { name: 'x', sourceClusterId: undefined, linkId: undefined, settings: new Map() };
  for (const [name, value] of Object.entries({ 'bootstrap.servers': 's:1', ...secret }))
    request.settings.set(name, value);
  scene.source.refuses = false;
  await scene.accepted(klink.control.createLink(request, { validateOnly: true, validateLink: true }));
  assert.equal(klink.ports.secrets.kept, false, 'what is refused, or a dry run, makes no key');
  await scene.accepted(scene.createLink(klink, 'sealed', secret));
  await scene.accepted(scene.createLink(klink, 'jaas', { ...SASL, 'sasl.jaas.config': PLAIN }));
  assert.equal(klink.ports.secrets.kept, true);
  const { id } = await scene.accepted(klink.control.link('sealed'));
  const opened = [...klink.ports.secrets.sealed.values()].filter(({ place }) => place.linkId === id);
  assert.deepEqual(opened, [{ place: { linkId: id, setting: 'password' }, secret: 'hunter2' }]);
  const journalled = [...scene.destination.decisions.values()].join();
  assert.match(journalled, /sealed:1:00000001:/);
  assert.doesNotMatch(scene.destination.audit.join(), /sealed:1:/, 'the audit is for reading');
  assert.ok(!`${journalled}${scene.destination.audit.join()}`.includes('hunter2'));
  const again = [...klink.ports.secrets.sealed.keys()].at(-1) ?? '';
  await scene.accepted(scene.createLink(klink, 'twice', { ...secret, password: again }));
  assert.equal([...klink.ports.secrets.sealed.values()].at(-1)?.secret, again, 'a sealed text of a caller is a secret');
  const reference = { ...secret, password: '$' + '{env:PASSWORD}' };
  await scene.accepted(scene.createLink(klink, 'x', reference));
  const settings = await scene.accepted(klink.control.linkSettings('x'));
  assert.equal(settings.find(({ name }) => name === 'password')?.value, null);
  assert.ok(![...scene.destination.decisions.values()].join().includes('hunter2'));
});

test('link create asks the source: away, refusing, another one, or the destination itself', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  scene.source.reachable = false;
  assert.equal(await scene.refused(scene.createLink(klink, 'x')), 'SOURCE_UNREACHABLE');
  scene.source.reachable = true;
  scene.source.refuses = true;
  assert.equal(await scene.refused(scene.createLink(klink, 'x')), 'SOURCE_REFUSED');
  scene.source.refuses = false;
  const settings = new Map([['bootstrap.servers', 'source:9092']]);
  const request = { name: 'x', sourceClusterId: 'AnotherClusterAltogether', linkId: undefined, settings };
  const options = { validateOnly: false, validateLink: true };
  assert.equal(await scene.refused(klink.control.createLink(request, options)), 'SOURCE_IS_ANOTHER');
  scene.source.clusterId = scene.destination.clusterId;
  assert.equal(await scene.refused(scene.createLink(klink, 'x')), 'SOURCE_IS_DESTINATION');
});

test('link create says at once which rights the syncs that are on will miss, and asks for no others', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  const groups = { groupFilters: [{ name: 'app' }, { name: 'x', patternType: 'PREFIXED' }, { name: '*' }] };
  const syncs = {
    'consumer.offset.sync.enable': 'true',
    'consumer.offset.group.filters': JSON.stringify(groups),
    'acl.sync.enable': 'true',
  };
  await scene.accepted(scene.createLink(klink, 'without'));
  assert.deepEqual(scene.source.needs, []);
  scene.source.missing = ['User:me lacks DESCRIBE on GROUP app', 'User:me lacks DESCRIBE on the CLUSTER'];
  const answer = await scene.finish(scene.createLink(klink, 'x', syncs));
  assert.match(
    answer.ok ? '' : answer.error.message,
    /refuses klink: User:me lacks .* GROUP app; User:me lacks .* CLUSTER\. /,
  );
  assert.deepEqual(scene.source.needs, [{ acls: true, groups: ['app'] }]);
  const request = {
    name: 'x',
    sourceClusterId: undefined,
    linkId: undefined,
    settings: new Map(Object.entries(syncs)),
  };
  request.settings.set('bootstrap.servers', 'source:9092');
  await scene.accepted(klink.control.createLink(request, { validateOnly: false, validateLink: false }));
});

test('tasks of a link tell a missing right and a refused login from what is wrong inside', async () => {
  const scene = new Scene(seed);
  const filters = '{"groupFilters":[{"name":"*"}]}';
  const sync = { 'consumer.offset.sync.enable': 'true', 'consumer.offset.sync.ms': '1000' };
  const klink = await scene.begin({ ...sync, 'consumer.offset.group.filters': filters });
  await scene.mirror(klink, 'a', [3n]);
  const codes = async () => {
    const { tasks } = await scene.accepted(klink.control.link('lk'));
    return tasks.flatMap(({ task_name, errors }) => errors.map(({ error_code }) => `${task_name} ${error_code}`));
  };
  assert.deepEqual(await codes(), []);
  scene.source.lacksRight = true;
  await scene.world.run(6_000);
  assert.deepEqual(await codes(), ['ConsumerOffsetSync AUTHORIZATION_ERROR', 'TopicConfigsSync AUTHORIZATION_ERROR']);
  scene.source.lacksRight = false;
  await scene.world.run(6_000);
  assert.deepEqual(await codes(), []);
  scene.source.topics.delete('a');
  await scene.world.run(6_000);
  assert.deepEqual(await codes(), ['TopicConfigsSync UNKNOWN_TOPIC_OR_PARTITION_ERROR']);
});

test('a dry run of link create checks everything and makes nothing, not even the scratch topic of the probe [P8]', async () => {
  const scene = new Scene(seed);
  const klink = scene.own(scene.start('a'));
  await scene.serves(klink);
  const settings = new Map([['bootstrap.servers', 'source:9092']]);
  const request = { name: 'x', sourceClusterId: undefined, linkId: undefined, settings };
  await scene.accepted(klink.control.createLink(request, { validateOnly: true, validateLink: true }));
  assert.deepEqual(scene.destination.audit, []);
  assert.ok(!klink.ports.calls.includes('fence.probe'));
  scene.source.reachable = false;
  const dry = klink.control.createLink(request, { validateOnly: true, validateLink: true });
  assert.equal(await scene.refused(dry), 'SOURCE_UNREACHABLE');
});

test('nothing is decided on a cluster that never had a link: no journal is made [5.4]', async () => {
  const scene = new Scene(seed);
  const klink = scene.own(scene.start('a'));
  await scene.serves(klink);
  await scene.world.run(60_000);
  assert.equal(scene.destination.decided, false);
  assert.deepEqual(await scene.accepted(klink.control.links()), []);
});

test('link delete: refused with live mirrors; with force they fail over first, then it is gone [8]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  for (const topic of ['a', 'b']) await scene.mirror(klink, topic, [3n]);
  scene.source.make('c', [1n]);
  await scene.accepted(klink.control.createMirror('lk', newMirror('c')));
  const remove = (force: boolean, validateOnly = false) => klink.control.deleteLink('lk', { force, validateOnly });
  assert.equal(await scene.refused(remove(false)), 'LINK_HAS_MIRRORS');
  await scene.accepted(remove(true, true));
  assert.equal(await scene.status(klink, 'a'), 'ACTIVE', 'a dry run');
  scene.destination.partition('b', 0).hasLeader = false;
  await scene.accepted(remove(true));
  await scene.untilStatus(klink, ['a'], 'STOPPED');
  assert.equal(await scene.status(klink, 'b'), 'PENDING_STOPPED');
  assert.equal(await scene.refused(remove(true)), 'LINK_BEING_DELETED');
  scene.destination.partition('b', 0).hasLeader = true;
  const gone = async () => (await klink.control.links()).ok;
  assert.ok(await scene.finish(gone()));
  await scene.world.run(60_000);
  assert.equal(await scene.refused(klink.control.link('lk')), 'LINK_NOT_FOUND');
  scene.assertEnded(['a', 'b', 'c']);
});

test('what still waits for its time of grace is not forgotten with its link [8 (5)]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'a', [3n]);
  await scene.alter(klink, 'failover', ['a']);
  await scene.untilStatus(klink, ['a'], 'STOPPED');
  await scene.accepted(klink.control.deleteLink('lk', { force: false, validateOnly: false }));
  const { settings } = scene.destination.topic('a');
  assert.equal(settings.get('retention.ms'), '-1');
  scene.aheadMs += 25 * 3_600_000;
  await scene.world.run(120_000);
  assert.equal(settings.get('retention.ms'), undefined, 'the default of the cluster');
  const entries = [...scene.destination.decisions].filter(([key, value]) => key !== 'controller' && value !== null);
  assert.deepEqual(entries, [], 'nothing is left of it');
});

test('a topic deleted and made by others within the time of grace is left alone [8 (5)] [1.3]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'a', [3n]);
  await scene.alter(klink, 'failover', ['a']);
  await scene.untilStatus(klink, ['a'], 'STOPPED');
  scene.destination.makeTopic('a', 1, { 'retention.ms': '77' });
  scene.aheadMs += 25 * 3_600_000;
  await scene.world.run(120_000);
  assert.equal(scene.destination.topic('a').settings.get('retention.ms'), '77');
  assert.equal((await scene.view(klink, 'a')).fence, '');
});

test('a source that does not answer moves no state: SOURCE_UNAVAILABLE is shown after five minutes, and passes', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'a', [3n]);
  const audit = scene.destination.audit.length;
  scene.source.reachable = false;
  await scene.world.run(290_000);
  assert.equal(await scene.status(klink, 'a'), 'ACTIVE');
  await scene.untilStatus(klink, ['a'], 'SOURCE_UNAVAILABLE', 30_000);
  const link = await scene.accepted(klink.control.link('lk'));
  assert.deepEqual([link.state, link.error], ['UNAVAILABLE', 'BOOTSTRAP_TCP_CONNECTION_FAILED_ERROR']);
  assert.equal(scene.destination.audit.length, audit, 'nothing was decided');
  scene.source.reachable = true;
  await scene.untilStatus(klink, ['a'], 'ACTIVE', 30_000);
});

test('availability.check.* say when a source that does not answer counts as unavailable', async () => {
  const scene = new Scene(seed);
  const every = { 'availability.check.ms': '1000', 'availability.check.consecutive.failure.threshold': '4' };
  const klink = await scene.begin(every);
  await scene.mirror(klink, 'a', [3n]);
  scene.source.reachable = false;
  await scene.world.run(3_000);
  assert.equal(await scene.status(klink, 'a'), 'ACTIVE');
  await scene.untilStatus(klink, ['a'], 'SOURCE_UNAVAILABLE', 5_000);
  scene.source.reachable = true;
  await scene.untilStatus(klink, ['a'], 'ACTIVE', 3_000);
});

test('a source that refuses fails the link until it is put right; its mirrors hold, and can fail over', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  for (const topic of ['a', 'b']) await scene.mirror(klink, topic, [3n]);
  scene.source.refuses = true;
  await scene.untilStatus(klink, ['a'], 'LINK_FAILED', 60_000);
  const link = await scene.accepted(klink.control.link('lk'));
  assert.deepEqual([link.state, link.error, link.errorMessage], ['FAILED', 'AUTHENTICATION_ERROR', 'wrong password']);
  const modes = klink.ports.engine.assigned.at(-1)?.[0]?.mirrors.map(({ mode }) => mode);
  assert.deepEqual(modes, ['hold', 'hold']);
  await scene.alter(klink, 'failover', ['a']);
  await scene.untilStatus(klink, ['a'], 'STOPPED');
  scene.source.refuses = false;
  await scene.untilStatus(klink, ['b'], 'ACTIVE', 60_000);
});

test('a klink without the key of the credentials owns and fails over all the same; its links say what is missing [P5]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin({ ...SASL, username: 'me', password: 'hunter2' });
  for (const topic of ['a', 'b']) await scene.mirror(first, topic, [3n]);
  scene.kill(first);
  const second = scene.own(scene.start('b'));
  await scene.serves(second);
  await scene.untilStatus(second, ['a'], 'LINK_FAILED', 60_000);
  const link = await scene.accepted(second.control.link('lk'));
  assert.deepEqual(
    [link.error, link.errorMessage],
    ['AUTHENTICATION_ERROR', 'the setting password cannot be read here'],
  );
  await scene.alter(second, 'failover', ['a']);
  await scene.untilStatus(second, ['a'], 'STOPPED');
  const changes = [{ name: 'password', value: 'hunter3' }];
  await scene.accepted(second.control.alterLink('lk', changes, { validateOnly: false, validateLink: true }));
  await scene.untilStatus(second, ['b'], 'ACTIVE', 60_000);
});

test('another cluster at the bootstrap servers fails the link, which says whose it is and goes on when its own is back [1.3, P10]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'a', [3n]);
  const own = scene.source.clusterId;
  scene.source.clusterId = 'SomebodyElsesClusterId';
  await scene.untilStatus(klink, ['a'], 'LINK_FAILED', 60_000);
  const message = (await scene.accepted(klink.control.link('lk'))).errorMessage ?? '';
  assert.match(
    message,
    new RegExp(`^Cluster SomebodyElsesClusterId answers .* not the source ${own}: .*configuration update lk`),
  );
  assert.deepEqual(
    klink.ports.engine.assigned.at(-1)?.[0]?.mirrors.map(({ mode }) => mode),
    ['hold'],
  );
  scene.source.clusterId = own;
  await scene.untilStatus(klink, ['a'], 'ACTIVE', 60_000);
});
