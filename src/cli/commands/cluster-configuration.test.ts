import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../../test/harness/cli-run.js';

test('settings of all brokers are changed together, tried out, and shown', async (t) => {
  const [original, dr] = two();
  const { run } = await useKlink(t, [original, dr]);
  const update = 'kafka cluster configuration update --cluster dr --config';
  const done = await run(`${update} log.retention.ms=1,compression.type=zstd`);
  assert.match(
    done.out,
    /^Updated the following broker configurations for cluster "d-id":\n[\s\S]*log\.retention\.ms +\|/,
  );
  const tried = await run(`${update} compression.type=zstd --dry-run`);
  assert.match(tried.out, /^\[DRY RUN\] Updated the following .* "d-id": "compression\.type"\n$/);
  const zstd = { name: 'compression.type', value: 'zstd' };
  assert.deepEqual(dr.calls, [
    { alterClusterConfigs: [{ name: 'log.retention.ms', value: '1' }, zstd], validateOnly: false },
    { alterClusterConfigs: [zstd], validateOnly: true },
  ]);
  const unset = await run('cluster configuration describe no.such --cluster dr');
  assert.match(unset.err, /^Error: configuration "no\.such" is not set for all brokers\n/);
});
