/**
 * ACL sync between two clusters, and by a link in the other direction: KLINK_BROKERS=embedded|4.3.0|3.9.1. Its rounds run
 * as in a term, with the real ports; what they record is applied to a state that is kept here.
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { type AclBinding, aclText, addAcls, findAcls, removeAcls } from '../../src/client/admin/acls.js';
import type { KafkaCluster } from '../../src/client/types.js';
import { apply } from '../../src/control/apply.js';
import { syncAclsOnce } from '../../src/control/reconcile/acls.js';
import type { Task, Trouble } from '../../src/control/reconcile/task.js';
import { type ControlState, emptyState, mirrorKey } from '../../src/control/state.js';
import { createAclsPort } from '../../src/engine/acls/acls.js';
import { createFencePort, type Fence } from '../../src/engine/fence/fence.js';
import { fenceLines, fenceMark } from '../../src/engine/fence/lines.js';
import { createSourcePort } from '../../src/engine/source/source.js';
import { SourceClusters } from '../../src/engine/source/source-clusters.js';
import type { Link } from '../../src/model/link.js';
import { LINK, links, mirrors, TOPIC } from '../harness/control-samples.js';
import { Destination, surroundings } from '../harness/destination.js';
import { until } from '../harness/until.js';

const FILTERS = '{"aclFilters":[{"resourceFilter":{"resourceType":"any","patternType":"any"}}]}';
const clusters = new SourceClusters({ ...surroundings, resolveSecret: () => ({ ok: true, value: 'klink' }) });
let original: Side;
let dr: Side;

/** One cluster, and the klink beside it that brings ACLs here from the other one. */
class Side {
  readonly cluster: KafkaCluster;
  readonly fence: Fence;
  readonly #broker: Destination;
  #state: ControlState = emptyState;
  readonly #missing = new Map<string, number>();

  constructor(broker: Destination) {
    this.#broker = broker;
    this.cluster = broker.as('klink');
    const tools = { ...surroundings, cluster: this.cluster, holds: () => true };
    this.fence = createFencePort({ ...tools, principal: 'User:klink' });
  }

  /** `mirrored`: the topic is a live mirror here. */
  link(from: Side, mirrored: boolean): void {
    const settings = {
      'bootstrap.servers': from.#broker.bootstrap,
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'PLAIN',
      username: 'klink',
      password: '${env:KLINK}',
      'acl.sync.enable': 'true',
      'acl.sync.ms': '1000',
      'acl.filters': FILTERS,
    };
    const link: Link = { ...links.ACTIVE, sourceClusterId: undefined, settings };
    const live = new Map(mirrored ? [[mirrorKey({ linkId: LINK, mirrorTopic: TOPIC }), mirrors.ACTIVE]] : []);
    this.#state = { ...emptyState, links: new Map([[LINK, link]]), mirrors: live };
  }

  async round(): Promise<Trouble | undefined> {
    const link = this.#state.links.get(LINK);
    assert.ok(link);
    const acls = createAclsPort({ cluster: this.cluster, holds: () => true });
    const ports = { ...surroundings, source: createSourcePort(clusters), destination: { acls } };
    const submit: Task['submit'] = async (command) => {
      assert.ok(command.kind === 'record-acls');
      this.#state = apply(this.#state, { ...recorded, event: command.event });
      return { kind: 'done' };
    };
    // A round uses no more of its term than this.
    const used = { ports, state: () => this.#state, submit, effect: (work: () => Promise<unknown>) => work() };
    return syncAclsOnce(used as unknown as Task, link, this.#missing);
  }

  get answeredFor() {
    return this.#state.acls.get(LINK);
  }

  async shown(): Promise<readonly string[]> {
    return (await findAcls(this.cluster, {})).map(aclText).sort();
  }

  async shows(what: string, ...acls: readonly AclBinding[]): Promise<void> {
    const wanted = acls.map(aclText).sort();
    await until(what, 10_000, async () => {
      const shown = await this.shown();
      if (shown.join('\n') === wanted.join('\n')) return true;
      throw new Error(`shown are\n${shown.join('\n')}`);
    });
  }

  stop(): Promise<void> {
    return this.#broker.stop();
  }
}

const recorded = { stamp: { epoch: 1, number: 1 }, atMs: 1 };

before(async () => {
  const [one, other] = await Promise.all([Destination.start(), Destination.start()]);
  [original, dr] = [new Side(one), new Side(other)];
});
after(async () => {
  await clusters.close();
  await Promise.all([original.stop(), dr.stop()]);
});

function grant(operation: AclBinding['operation'], more: Partial<AclBinding> = {}): AclBinding {
  const [resourceType, pattern, permission] = ['TOPIC', 'LITERAL', 'ALLOW'] as const;
  return {
    resourceType,
    resourceName: TOPIC,
    pattern,
    principal: 'User:app',
    host: '*',
    operation,
    permission,
    ...more,
  };
}

test('acl sync: there and back again, no fence is copied or deleted, and an empty source takes nothing [6.3] [9.1] [9.5]', async () => {
  const [read, write] = [grant('READ'), grant('WRITE', { resourceName: 'ord', pattern: 'PREFIXED' })];
  const group = grant('READ', { resourceType: 'GROUP', resourceName: '*' });
  const like = grant('WRITE', { permission: 'DENY', principal: 'User:*' });
  const [own, mine] = [grant('DESCRIBE', { principal: 'User:own' }), grant('READ', { principal: 'User:mine' })];
  const fence = [...fenceLines(TOPIC), fenceMark(TOPIC)];
  dr.link(original, true);
  original.link(dr, false);
  await addAcls(original.cluster, [read, write, group, mine, like]);
  await original.shows('the source has its ACLs', read, write, group, mine, like);
  await addAcls(dr.cluster, [own, mine]);
  assert.deepEqual(await dr.fence.raise(TOPIC, { mode: 1 }), { kind: 'done' });

  assert.equal(await dr.round(), undefined);
  await dr.shows('brought are those that it lacked', ...fence, own, mine, read, write, group);
  assert.equal(dr.answeredFor?.brought.length, 3);
  assert.equal(dr.answeredFor?.held.length, 1, 'the source denies as the fence does');
  await removeAcls(original.cluster, [like]);

  // The other way: only what was made by hand is new there.
  for (let i = 0; i < 2; i++) assert.equal(await original.round(), undefined);
  await original.shows('nothing of the fence came over', read, write, group, mine, own);
  assert.equal(original.answeredFor?.brought.length, 1);
  // A fence at the source of the link that answers for its words as well.
  assert.deepEqual(await original.fence.raise(TOPIC, { mode: 1 }), { kind: 'done' });
  for (let i = 0; i < 2; i++) assert.equal(await dr.round(), undefined);
  assert.deepEqual(await dr.fence.lift(TOPIC), { kind: 'done' });
  for (let i = 0; i < 2; i++) assert.equal(await original.round(), undefined);
  await original.shows('the fence stands as it was', ...fence, read, write, group, mine, own);
  assert.deepEqual(await dr.fence.raise(TOPIC, { mode: 1 }), { kind: 'done' });
  assert.deepEqual(await original.fence.lift(TOPIC), { kind: 'done' });

  await removeAcls(original.cluster, [read, mine]);
  await original.shows('the source has them no longer', write, group, own);
  assert.equal(await dr.round(), undefined);
  await dr.shows('one answer deletes nothing', ...fence, own, mine, read, write, group);
  assert.equal(await dr.round(), undefined);
  await dr.shows('what was brought went, what was here before stays', ...fence, own, mine, write, group);

  await removeAcls(original.cluster, [write, group, own]);
  await original.shows('the source is empty');
  for (let i = 0; i < 3; i++) assert.equal((await dr.round())?.error, 'MISCONFIGURATION_ERROR');
  await dr.shows('nothing was deleted', ...fence, own, mine, write, group);
});
