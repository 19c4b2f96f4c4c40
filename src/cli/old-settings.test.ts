import assert from 'node:assert/strict';
import { test } from 'node:test';
import { two, useKlink } from '../../test/harness/cli-run.js';
import { noteOldSettings } from './old-settings.js';

function notes(settings: Record<string, string>): string {
  const lines: string[] = [];
  noteOldSettings({ err: (line) => void lines.push(line) }, new Map(Object.entries(settings)));
  return lines.join('');
}

test('each old spelling in the settings of a link has one line that names today’s', () => {
  assert.equal(
    notes({ 'link.prefix': 'east.' }),
    'Note: `link.prefix` is accepted for older runbooks; today it is written `cluster.link.prefix`.\n',
  );
  const filters = '{"groupFilters": [{"name": "a", "patternType": "PREFIX"}, {"name": "b", "patternType": "PREFIX"}]}';
  assert.match(
    notes({ 'consumer.offset.group.filters': filters }),
    /^Note: `"patternType": "PREFIX"` in consumer.*\n$/,
  );
  assert.match(
    notes({ 'bootstrap.servers': 'SASL_SSL://b1:9092,SASL_SSL://b2:9092' }),
    /^Note: .*security\.protocol=SASL_SSL\.\n$/,
  );
  const current = '{"groupFilters": [{"name": "a", "patternType": "PREFIXED"}]}';
  assert.equal(
    notes({ 'cluster.link.prefix': 'a', 'consumer.offset.group.filters': current, 'bootstrap.servers': 'b1:9092' }),
    '',
  );
});

test('link create says so on stderr', async (t) => {
  const { run } = await useKlink(t, two());
  const made = await run(
    'kafka link create l --cluster dr --source-cluster-id original --source-bootstrap-server SASL_SSL://a:1 --config security.protocol=SASL_SSL',
  );
  assert.match(made.err, /^Note: --source-cluster-id is .*\nNote: a bootstrap server as `SASL_SSL:\/\/host:port`.*\n$/);
  assert.equal(made.code, 0);
});
