/** Terms of ownership: fence, read, act; unknown outcomes; two klinks; what is read back (§5, decision 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FENCED_PAUSE_MS } from '../../src/control/terms.js';
import { type FaultHook, newMirror, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();

test('only the owner answers; a standby names the owner', async () => {
  const scene = new Scene(seed);
  const owner = await scene.begin();
  const other = scene.start('b');
  other.ports.ownership.set({ kind: 'standby', owner: { url: 'http://a:8090' }, reason: undefined });
  assert.equal(await scene.refused(other.control.links()), 'NOT_OWNER');
  assert.match(other.control.ownership(), /http:\/\/a:8090 owns/);
  await assert.rejects(scene.finish(other.control.wantedSettings('x')), { name: 'NotSent' });
  await assert.rejects(scene.finish(other.control.raiseMarker('x')), { name: 'NotSent' });
  assert.equal((await scene.accepted(owner.control.links())).length, 1);
});

test('a takeover is recorded before anything is assigned or touched [5.3]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin();
  await scene.mirror(first, 'orders', [3n]);
  scene.kill(first);
  const next = scene.own(scene.start('b'));
  await scene.world.until('an assignment', 60_000, () => next.ports.engine.assigned.length > 0);
  assert.deepEqual(next.ports.calls.slice(0, 2), ['journal.open', 'journal.commit']);
  assert.match(scene.destination.audit.at(-1) ?? '', /took-over/);
});

test('a journal that does not answer is asked without end; commands are refused until then [5.3]', async () => {
  const scene = new Scene(seed);
  let deaf = true;
  const klink = scene.own(
    scene.start('a', ({ name }) => (deaf && name === 'journal.open' ? 'unavailable' : undefined)),
  );
  await scene.world.run(60_000);
  assert.equal(await scene.refused(klink.control.links()), 'JOURNAL_UNAVAILABLE');
  assert.match(klink.control.ownership(), /blocked: journal\.open: no answer/);
  deaf = false;
  await scene.serves(klink);
});

test('a journal entry of a later format is refused, and nothing is done [5.1]', async () => {
  const scene = new Scene(seed);
  scene.destination.decided = true;
  scene.destination.decisions.set('link/x', JSON.stringify({ format: 2, stamp: { epoch: 1, number: 1 }, state: {} }));
  const klink = scene.own(scene.start('a'));
  await scene.world.run(5_000);
  assert.match(klink.control.ownership(), /format 2; this klink reads format 1 only/);
  assert.deepEqual(klink.ports.engine.assigned, []);
});

for (const done of [false, true]) {
  test(`an unknown outcome is told as it turns out: ${done ? 'recorded' : 'not recorded'} [5.3]`, async () => {
    for (const verb of ['create link', 'pause', 'delete mirror', 'delete link'] as const) {
      const scene = new Scene(seed);
      let armed = false;
      const klink = await scene.begin({}, ({ name }) => {
        if (!armed || name !== 'journal.commit') return undefined;
        armed = false;
        return done ? 'done-unknown' : 'unknown';
      });
      await scene.mirror(klink, 'orders', [3n]);
      await scene.accepted(scene.createLink(klink, 'empty'));
      armed = true;
      const outcome = async () => {
        switch (verb) {
          case 'create link':
            return scene.createLink(klink, 'lk2');
          case 'pause': {
            const rows = await klink.control.alterMirrors('lk', 'pause', ['orders'], false);
            return { ...rows, ok: rows.ok && rows.value[0]?.refusal === undefined };
          }
          case 'delete mirror':
            return klink.control.deleteMirror('orders');
          case 'delete link':
            return klink.control.deleteLink('empty', { force: false, validateOnly: false });
        }
      };
      const { ok } = await scene.finish(outcome());
      assert.equal(ok, done, verb);
      const links = (await scene.accepted(klink.control.links())).map(({ name }) => name);
      assert.equal(links.includes('lk2'), verb === 'create link' && done);
      assert.equal(links.includes('empty'), !(verb === 'delete link' && done));
      const status = await scene.status(klink, 'orders');
      const expected = !done || verb.endsWith('link') ? 'ACTIVE' : verb === 'pause' ? 'PAUSED' : 'MIRROR_NOT_FOUND';
      assert.equal(status, expected, verb);
    }
  });
}

test('what the journal surely did not take has changed nothing, and can be asked again [P8]', async () => {
  const scene = new Scene(seed);
  let deaf = true;
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  scene.kill(klink);
  const next = scene.start('b', ({ name, number }) =>
    deaf && number > 2 && name === 'journal.commit' ? 'unavailable' : undefined,
  );
  await scene.serves(scene.own(next));
  assert.match((await scene.alter(next, 'pause', ['orders']))[0] ?? '', /^The journal: /);
  assert.equal(await scene.status(next, 'orders'), 'ACTIVE');
  deaf = false;
  assert.deepEqual(await scene.alter(next, 'pause', ['orders']), [undefined]);
});

test('two klinks that both believe they own: one decides, the other is fenced and stops all effects [5.3]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin();
  await scene.mirror(first, 'orders', [3n]);
  const second = scene.own(scene.start('b'));
  await scene.serves(second);
  assert.match((await scene.alter(first, 'pause', ['orders']))[0] ?? '', /Another klink has taken over/);
  assert.deepEqual(first.ports.engine.assigned.at(-1), [], 'its engine has nothing to do');
  assert.equal(await scene.refused(first.control.links()), 'JOURNAL_UNAVAILABLE');
  assert.equal(await scene.status(second, 'orders'), 'ACTIVE');
});

test('who was fenced does not fence back before its lease was proven anew [5.3]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin();
  await scene.mirror(first, 'orders', [3n]);
  const opened = () => first.ports.calls.filter((name) => name === 'journal.open').length;
  scene.destination.journalEpoch++;
  await scene.alter(first, 'pause', ['orders']);
  await scene.world.run(FENCED_PAUSE_MS - 100);
  assert.equal(opened(), 1);
  first.ports.ownership.proven = false;
  await scene.world.run(60_000);
  assert.equal(opened(), 1, 'not without a lease');
  first.ports.ownership.proven = true;
  await scene.serves(first);
  assert.equal(opened(), 2);
  assert.deepEqual(await scene.alter(first, 'pause', ['orders']), [undefined]);
});

test('after a wake-up the journal is asked whether somebody else has decided [3.6]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  await scene.mirror(klink, 'orders', [3n]);
  klink.ports.ownership.wakeUp(20_000);
  await scene.world.run(1_000);
  assert.equal(klink.control.ownership(), 'owner', 'nobody has');
  scene.destination.journalEpoch++;
  klink.ports.ownership.wakeUp(20_000);
  await scene.world.run(1_000);
  assert.notEqual(klink.control.ownership(), 'owner');
  assert.deepEqual(klink.ports.engine.assigned.at(-1), []);
});

test('confirm waits until the journal can be read, and ends a term that is no more [3.6]', async () => {
  const scene = new Scene(seed);
  let deaf = false;
  const klink = await scene.begin({}, ({ name }) => (deaf && name === 'journal.confirm' ? 'unavailable' : undefined));
  await scene.mirror(klink, 'orders', [3n]);
  await scene.finish(klink.control.confirm());
  deaf = true;
  let confirmed = false;
  const waiting = klink.control.confirm().then(() => {
    confirmed = true;
  });
  await scene.world.run(30_000);
  assert.equal(confirmed, false);
  deaf = false;
  await scene.finish(waiting);
  scene.destination.journalEpoch++;
  klink.ports.engine.tell({ kind: 'fenced', linkId: 'x', mirrorTopic: 'orders', partition: 0 });
  await scene.world.run(1_000);
  assert.notEqual(klink.control.ownership(), 'owner', 'the engine found its producer fenced');
});

test('M is journalled before it is given, one after the other, and the next term goes on behind it [1.2]', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  const id = (await scene.accepted(klink.control.link('lk'))).id;
  const both = await scene.finish(Promise.all([klink.control.raiseMarker(id), klink.control.raiseMarker(id)]));
  assert.deepEqual(both, [
    { number: 1, epoch: 1 },
    { number: 1, epoch: 2 },
  ]);
  assert.match(scene.destination.decisions.get(`link/${id}`) ?? '', /"marker":\{"number":1,"epoch":2\}/);
  scene.kill(klink);
  const next = scene.own(scene.start('b'));
  assert.deepEqual(next.control.marker(id), { number: 0, epoch: 0 }, 'before the journal is read nothing is ours');
  await scene.serves(next);
  assert.deepEqual(next.control.marker(id), { number: 1, epoch: 2 });
  assert.deepEqual(await scene.finish(next.control.raiseMarker(id)), { number: 1, epoch: 3 });
});

test('M is known whenever the engine asks: from the first assignment of a term, and between two terms [1.2] [2.3]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin();
  await scene.mirror(first, 'orders', [9n]);
  const id = (await scene.accepted(first.control.link('lk'))).id;
  scene.kill(first);
  const klink = scene.start('b');
  const asked: number[] = [];
  const { engine } = klink.ports;
  const assign = engine.assign.bind(engine);
  engine.assign = (links) => {
    for (const { source } of links) asked.push(klink.control.marker(source.linkId).number);
    assign(links);
  };
  await scene.serves(scene.own(klink));
  assert.ok(asked.length > 0 && asked.every((number) => number === 1), `${asked}`);
  scene.lose(klink);
  assert.equal(klink.control.marker(id).number, 1, 'its partitions may be settling just now');
});

test('a marker that could not be journalled is not given [1.2]', async () => {
  const scene = new Scene(seed);
  let deaf = false;
  const klink = await scene.begin({}, ({ name }) => (deaf && name === 'journal.commit' ? 'unavailable' : undefined));
  const id = (await scene.accepted(klink.control.link('lk'))).id;
  deaf = true;
  await assert.rejects(scene.finish(klink.control.raiseMarker(id)), { name: 'NotSent' });
});

test('what was observed is read back by the next owner; older than the mirror, or of none, it is dropped [5.2]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin();
  await scene.mirror(first, 'orders', [3n]);
  await scene.world.run(5_000);
  const id = (await scene.accepted(first.control.link('lk'))).id;
  scene.kill(first);
  scene.source.reachable = false;
  const stale = { format: 1, stamp: { epoch: 0, number: 1 }, memory: { sourceEnd: { $offset: '999' } } };
  scene.destination.observations.push({ key: `memory/${id}/orders/0`, value: JSON.stringify(stale) });
  scene.destination.observations.push({ key: `memory/${id}/gone/0`, value: JSON.stringify(stale) });
  scene.destination.observations.push({ key: `memory/${id}/orders/0`, value: 'not even JSON' });
  const next = scene.own(scene.start('b'));
  await scene.serves(next);
  const [partition] = (await scene.view(next, 'orders')).partitions;
  assert.equal(partition?.sourceEnd, 3n);
  assert.ok(partition?.sourceSeenAtMs !== undefined && partition.sourceSeenAtMs > 0, 'and how old that is [P7]');
});

test('a late observation of an older owner never undoes a decision (T8) [5.2]', async () => {
  const scene = new Scene(seed);
  const first = await scene.begin();
  await scene.mirror(first, 'orders', [3n]);
  await scene.world.run(5_000);
  const late = [...scene.destination.observations];
  await scene.alter(first, 'failover', ['orders']);
  await scene.untilStatus(first, ['orders'], 'STOPPED');
  scene.destination.observations.push(...late);
  scene.kill(first);
  const next = scene.own(scene.start('b'));
  await scene.serves(next);
  assert.equal(await scene.status(next, 'orders'), 'STOPPED');
  assert.deepEqual(next.ports.engine.assigned.at(-1)?.[0]?.mirrors, []);
});

test('an orderly stop waits for what is under way, writes what is remembered, and says so', async () => {
  const scene = new Scene(seed);
  let slow: (() => void) | undefined;
  const hook: FaultHook = ({ name }) => {
    if (name === 'promotion.barrier') slow?.();
    return undefined;
  };
  const klink = await scene.begin({}, hook);
  await scene.mirror(klink, 'orders', [3n]);
  let stopped: Promise<{ readonly effectsSettled: boolean }> | undefined;
  slow = () => {
    stopped ??= klink.control.stop();
  };
  await scene.alter(klink, 'failover', ['orders']);
  await scene.world.until('the barrier is under way', 60_000, () => stopped !== undefined);
  assert.ok(stopped);
  const observed = scene.destination.observations.length;
  assert.deepEqual(await scene.finish(stopped), { effectsSettled: true });
  assert.equal(scene.destination.partition('orders', 0).barriers, 1, 'it was answered before the stop ended');
  assert.ok(scene.destination.observations.length > observed);
  assert.deepEqual(klink.ports.engine.assigned.at(-1), []);
  const next = scene.own(scene.start('b'));
  await scene.serves(next);
  await scene.untilStatus(next, ['orders'], 'STOPPED');
  scene.assertEnded(['orders']);
});

test('mirror create that is cut off by a lost lease answers that the decision stands or that nobody knows', async () => {
  const scene = new Scene(seed);
  const klink = await scene.begin();
  scene.source.make('orders', [3n]);
  const made = klink.control.createMirror('lk', newMirror('orders'));
  await scene.world.until('it is decided', 60_000, () =>
    scene.destination.audit.some((line) => line.includes('mirror-created')),
  );
  scene.lose(klink);
  assert.ok(['NOT_FINISHED', 'NOT_OWNER'].includes(await scene.refused(made)));
});
