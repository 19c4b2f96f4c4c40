/** `klink consumer group`, against clusters of plain values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';

test('lag of a partition that the group has no offset for is not called an unknown group', async (t) => {
  const [original, dr] = two();
  const info = {
    group: 'g',
    state: 'Empty',
    type: 'classic',
    protocolType: 'consumer',
    assignor: '',
    coordinator: 1,
    members: [],
  };
  dr.groups.set('g', { info, offsets: [] });
  const { run } = await useKlink(t, [original, dr]);
  const { err } = await run('consumer group lag describe g --topic orders --partition 7 --cluster dr');
  assert.match(err, /^Error: consumer group "g" has no offset for partition 7 of topic "orders"\n/);
});

test('ready says yes with exit code 0 and no with 1', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  const no = await run('consumer group ready g --link l --cluster dr');
  assert.deepEqual([no.code, no.out], [1, 'no\n  mirror lag is 3\n']);
  Object.assign(dr.ready, { ready: true, reasons: [] });
  const yes = await run('kafka consumer group ready g --link l --cluster dr');
  assert.equal(yes.code, 0);
  assert.match(yes.out, /^yes /);
});

test('consumer list names the members of a group', async (t) => {
  const [original, dr] = two();
  const member = { memberId: 'm-1', instanceId: null, clientId: 'app', partitions: [] };
  const info = {
    group: 'g',
    state: 'Stable',
    type: 'classic',
    protocolType: 'consumer',
    assignor: 'range',
    coordinator: 1,
  };
  dr.groups.set('g', { info: { ...info, members: [member] }, offsets: [] });
  const { run } = await useKlink(t, [original, dr]);
  const listed = await run('kafka consumer list --group g --cluster dr -o json');
  assert.deepEqual(JSON.parse(listed.out), [{ consumer_group: 'g', consumer: 'm-1', instance: '', client: 'app' }]);
  assert.match((await run('consumer list --group nope --cluster dr')).err, /^Error: consumer group "nope" not found\n/);
  assert.match((await run('consumer list --cluster dr')).err, /^Error: required flag `--group <consumer-group>`/);
});
