import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { two, useKlink } from '../../test/harness/cli-run.js';

test('a flag that has another name today is taken, and today’s name said', async (t) => {
  const [original, dr] = two();
  const { run, directory } = await useKlink(t, [original, dr]);
  writeFileSync(join(directory, 'topic.config'), 'retention.ms=1\n');
  for (const flag of ['--config-file topic.config', '--config-file=topic.config']) {
    dr.topics.set('orders', { name: 'orders', isInternal: false, replicationFactor: 1, partitions: 1 });
    const updated = await run(`kafka topic update orders ${flag} --cluster dr`);
    assert.equal(updated.code, 0);
    assert.equal(updated.err, 'Note: --config-file is accepted for older runbooks; today it is written --config.\n');
  }
  const change = { alterTopicConfigs: 'orders', changes: [{ name: 'retention.ms', value: '1' }] };
  assert.deepEqual(dr.calls, [change, change]);
  const completed = await run('__complete -- topic create x --config-file');
  assert.deepEqual([completed.out, completed.err], ['', ''], 'what is only being completed is left alone');
});
