/** Service accounts and API keys: two slots to rotate, crashes between record and credential, and no secret in the journal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultHook, type Klink, Scene, seedOfRun } from './control-scene.js';

const seed = seedOfRun();

class Stage {
  readonly scene = new Scene(seed);
  readonly destination = this.scene.destination;

  async serve(name: string, fault?: FaultHook): Promise<Klink> {
    const klink = this.scene.own(this.scene.start(name, fault));
    await this.scene.serves(klink);
    return klink;
  }

  async account(klink: Klink, name = 'app'): Promise<string> {
    return (await this.scene.accepted(klink.control.identity.createAccount({ name, description: 'd' }))).id;
  }

  key(klink: Klink, accountId: string) {
    const { clusterId } = this.destination;
    return klink.control.identity.createKey({ accountId, clusterId, description: 'k' });
  }

  slots(): string[] {
    return [...this.destination.credentials.keys()].map((key) => key.split('/').at(-1) ?? '').sort();
  }
}

test('a key is a credential of the account’s own name, and its secret stands nowhere else [identity 1.1]', async () => {
  const stage = new Stage();
  const klink = await stage.serve('a');
  const id = await stage.account(klink);
  assert.match(id, /^sa-[a-z0-9]{6}$/);
  const { key, secret } = await stage.scene.accepted(stage.key(klink, id));
  assert.deepEqual([key.accountId, key.mechanism, key.description], [id, 'SCRAM-SHA-512', 'k']);
  assert.match(secret, /^[0-9a-f]{64}$/);
  const { clusterId, credentials, decisions, audit } = stage.destination;
  assert.deepEqual([...credentials], [[`${clusterId}/${id}/SCRAM-SHA-512`, secret]]);
  assert.ok(![...decisions.values(), ...audit].join().includes(secret));
  stage.scene.assertNothingBroken();
});

test('a second key takes the free slot, a third is refused, and a deleted one frees its slot [identity 1.2]', async () => {
  const stage = new Stage();
  const klink = await stage.serve('a');
  const { identity } = klink.control;
  const id = await stage.account(klink);
  const first = await stage.scene.accepted(stage.key(klink, id));
  const second = await stage.scene.accepted(stage.key(klink, id));
  assert.notEqual(first.secret, second.secret);
  assert.deepEqual(stage.slots(), ['SCRAM-SHA-256', 'SCRAM-SHA-512']);
  const third = await stage.scene.finish(stage.key(klink, id));
  assert.ok(!third.ok && third.error.reason === 'KEY_SLOTS_TAKEN');
  assert.match(third.error.message, /SCRAM-SHA-256; SCRAM-SHA-512.*api-key delete/);
  assert.equal(await stage.scene.refused(identity.deleteKey({ key: id })), 'KEY_AMBIGUOUS');
  await stage.scene.accepted(identity.deleteKey({ key: id, mechanism: 'SCRAM-SHA-512' }));
  assert.deepEqual(stage.slots(), ['SCRAM-SHA-256']);
  const again = await stage.scene.accepted(stage.key(klink, id));
  assert.equal(again.key.mechanism, 'SCRAM-SHA-512');
  assert.equal(await stage.scene.refused(identity.deleteKey({ key: 'sa-nobody' })), 'KEY_NOT_FOUND');
});

test('two keys asked for at once get one slot each [identity 1.2]', async () => {
  const stage = new Stage();
  const klink = await stage.serve('a');
  const id = await stage.account(klink);
  const both = await Promise.all([1, 2].map(() => stage.scene.accepted(stage.key(klink, id))));
  assert.deepEqual(both.map(({ key }) => key.mechanism).sort(), ['SCRAM-SHA-256', 'SCRAM-SHA-512']);
});

test('whoever dies between record and secret leaves neither key nor credential [identity 1.3]', async () => {
  for (const at of ['kill-before', 'kill-after'] as const) {
    for (const name of ['credentials.set', 'journal.commit']) {
      const stage = new Stage();
      let keyIsBegun = false;
      const dying: FaultHook = (call) => {
        if (call.name === 'credentials.set') keyIsBegun = true;
        return keyIsBegun && call.name === name ? at : undefined;
      };
      const klink = await stage.serve('a', dying);
      const id = await stage.account(klink);
      void stage.key(klink, id);
      await stage.scene.world.until('it dies', 60_000, () => klink.killed);
      const next = await stage.serve('b');
      const { identity } = next.control;
      if (name === 'journal.commit' && at === 'kill-after') {
        // It counts, though nobody was told: the operator sees it and deletes it.
        assert.equal((await stage.scene.accepted(Promise.resolve(identity.keys()))).length, 1);
        continue;
      }
      await stage.scene.world.until('it is settled', 300_000, () => stage.destination.credentials.size === 0);
      await stage.scene.world.until('the slot is free', 200_000, () =>
        [...stage.destination.decisions].every(([key, value]) => !key.startsWith('key/') || value === null),
      );
      assert.deepEqual(await stage.scene.accepted(Promise.resolve(identity.keys())), []);
      stage.scene.assertNothingBroken();
    }
  }
});

test('a credential whose setting was not answered is taken away, and the caller gets no secret [identity 1.3]', async () => {
  const stage = new Stage();
  let lost = 1;
  const klink = await stage.serve('a', ({ name }) =>
    name === 'credentials.set' && lost-- > 0 ? 'done-unavailable' : undefined,
  );
  const id = await stage.account(klink);
  assert.equal(await stage.scene.refused(stage.key(klink, id)), 'CLUSTER_UNREACHABLE');
  // Long before its age alone would end it.
  await stage.scene.world.until('it is gone', 20_000, () => stage.destination.credentials.size === 0);
  const { key } = await stage.scene.accepted(stage.key(klink, id));
  assert.equal(key.kind, 'MADE');
});

test('deleting an account ends its keys, also where their cluster is away for a while [identity 1.4]', async () => {
  const stage = new Stage();
  let away = true;
  const klink = await stage.serve('a', ({ name }) =>
    away && name === 'credentials.remove' ? 'unavailable' : undefined,
  );
  const { identity } = klink.control;
  const id = await stage.account(klink);
  await stage.scene.accepted(stage.key(klink, id));
  await stage.scene.accepted(identity.deleteAccount(id));
  assert.deepEqual(await stage.scene.accepted(Promise.resolve(identity.accounts())), []);
  assert.deepEqual(await stage.scene.accepted(Promise.resolve(identity.keys())), []);
  await stage.scene.world.run(30_000);
  assert.equal(stage.destination.credentials.size, 1);
  away = false;
  await stage.scene.world.until('it is gone', 60_000, () => stage.destination.credentials.size === 0);
});

test('accounts and keys are read back by the next owner, and names are taken once', async () => {
  const stage = new Stage();
  const first = await stage.serve('a');
  const id = await stage.account(first);
  await stage.scene.accepted(stage.key(first, id));
  await stage.scene.accepted(first.control.identity.describeKey({ key: id }, 'new words'));
  assert.equal(
    await stage.scene.refused(first.control.identity.createAccount({ name: 'app', description: '' })),
    'ACCOUNT_EXISTS',
  );
  assert.equal(
    await stage.scene.refused(first.control.identity.createAccount({ name: 'a\nb', description: '' })),
    'ACCOUNT_INVALID',
  );
  stage.scene.kill(first);
  const next = await stage.serve('b');
  const keys = await stage.scene.accepted(Promise.resolve(next.control.identity.keys()));
  assert.deepEqual(
    keys.map(({ accountId, description }) => [accountId, description]),
    [[id, 'new words']],
  );
});

test('who does not own the home cluster says so [identity 1.5]', async () => {
  const stage = new Stage();
  const klink = await stage.serve('a');
  stage.scene.lose(klink);
  const answer = klink.control.identity.accounts();
  assert.ok(!answer.ok && answer.error.reason === 'NOT_OWNER');
  assert.equal(await stage.scene.refused(stage.key(klink, 'sa-x')), 'NOT_OWNER');
});
