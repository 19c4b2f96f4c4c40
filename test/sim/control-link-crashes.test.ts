/** A klink that dies at any call of an operation of a link: the next owner finds all of it or nothing. Spec: decision 9, P8. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { sleep } from '../../src/base/clock.js';
import { type Klink, Scene } from './control-scene.js';

const seed = 7;
const UNCHECKED = { validateOnly: false, validateLink: true };

interface Crash {
  readonly scene: Scene;
  /** The next owner, or the first one where it was not killed any more. */
  readonly klink: Klink;
  readonly killed: boolean;
  readonly at: string;
}

/** Kills before and behind each call that the operation makes, until it makes no more; gives how many runs it took. */
async function atEachCall(
  prepare: (scene: Scene, klink: Klink) => Promise<void>,
  operation: (klink: Klink) => Promise<unknown>,
  after: (crash: Crash) => Promise<void>,
): Promise<number> {
  let runs = 0;
  for (const fault of ['kill-before', 'kill-after'] as const) {
    let killed = true;
    for (let call = 1; killed && call <= CALLS_MAX; call++, runs++) {
      const scene = new Scene(seed);
      let before: number | undefined;
      let doomed = false;
      const first = await scene.begin({}, ({ number }) => {
        if (before === undefined || number - before !== call) return undefined;
        doomed = true;
        return fault;
      });
      await prepare(scene, first);
      before = first.ports.calls.length;
      let over = false;
      const end = () => {
        over = true;
      };
      operation(first).then(end, end);
      await scene.world.until('it is over', 60_000, () => (over && !doomed) || first.killed);
      before = undefined;
      killed = first.killed;
      const klink = killed ? scene.own(scene.start('b')) : first;
      await scene.serves(klink);
      await after({ scene, klink, killed, at: `${fault} call ${call}` });
      scene.assertNothingBroken();
    }
    assert.equal(killed, false, `more than ${CALLS_MAX} calls`);
  }
  return runs;
}

const CALLS_MAX = 60;

test('killed at any call of link create: the link is there and works, or it can be made again [P8]', async () => {
  const found = new Set<boolean>();
  const create = (scene: Scene, klink: Klink) => scene.createLink(klink, 'second', { 'cluster.link.prefix': 'x-' });
  let scene: Scene | undefined;
  const runs = await atEachCall(
    async (now) => {
      scene = now;
    },
    async (klink) => scene && create(scene, klink),
    async (crash) => {
      const links = await crash.scene.accepted(crash.klink.control.links());
      const made = links.some(({ name }) => name === 'second');
      found.add(made);
      if (!crash.killed) assert.ok(made, crash.at);
      if (!made) await crash.scene.accepted(create(crash.scene, crash.klink));
      const link = await crash.scene.accepted(crash.klink.control.link('second'));
      assert.equal(link.state, 'ACTIVE', crash.at);
    },
  );
  assert.ok(runs > 4, `${runs} runs`);
  assert.equal(found.size, 2, 'both ends were met');
});

test('killed at any call of new credentials: the link has the old ones or the new ones, and goes on [P8]', async () => {
  const found = new Set<string>();
  const changes = [
    { name: 'security.protocol', value: 'SASL_PLAINTEXT' },
    { name: 'username', value: 'me' },
    { name: 'password', value: 'hunter3' },
  ];
  const runs = await atEachCall(
    (scene, klink) => scene.mirror(klink, 'a', [3n]),
    (klink) => klink.control.alterLink('lk', changes, UNCHECKED),
    async ({ scene, klink, killed, at }) => {
      const settings = await scene.accepted(klink.control.linkSettings('lk'));
      const shown = (name: string) => settings.find((each) => each.name === name)?.value;
      const isNew = shown('username') === 'me';
      found.add(String(isNew));
      assert.equal(shown('security.protocol'), isNew ? 'SASL_PLAINTEXT' : 'PLAINTEXT', `${at}: all or none`);
      if (!killed) assert.ok(isNew, at);
      // Sealed by the klink that died: another one without its keys says so, and takes them anew.
      await scene.accepted(klink.control.alterLink('lk', changes, UNCHECKED));
      scene.source.write('a', 0, 2n);
      await scene.copied('a');
    },
  );
  assert.ok(runs > 4, `${runs} runs`);
  assert.equal(found.size, 2, 'both ends were met');
});

test('killed at any call of link delete with mirrors: it goes on to its end, or was never begun [P8] [8]', async () => {
  const found = new Set<boolean>();
  const runs = await atEachCall(
    (scene, klink) => scene.mirror(klink, 'a', [3n]),
    async (klink) => {
      await klink.control.deleteLink('lk', { force: true, validateOnly: false });
      // Each step of the end as well, not the answer alone.
      while ((await klink.control.link('lk')).ok) await sleep(klink.ports.clock, 100);
    },
    async ({ scene, klink, killed, at }) => {
      const again = await scene.finish(klink.control.deleteLink('lk', { force: true, validateOnly: false }));
      const begun = !again.ok;
      if (!again.ok) assert.match(again.error.reason, /^LINK_(BEING_DELETED|NOT_FOUND)$/, at);
      found.add(begun);
      if (!killed) assert.ok(begun, at);
      await scene.world.run(60_000);
      assert.equal(await scene.refused(klink.control.link('lk')), 'LINK_NOT_FOUND', at);
      scene.assertEnded(['a']);
    },
  );
  assert.ok(runs > 10, `${runs} runs`);
  assert.equal(found.size, 2, 'both ends were met');
});
