import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliFailure } from './failure.js';
import { parseProperties, readConfigFlag } from './properties.js';

test('properties files have comments, continuations and escapes', () => {
  const text = '# a comment\n\nacks = all\nfilter={"a": "b=c"}\nlong=one \\\n  two\ntab=a\\tb\\nc\\\\\r\n';
  assert.deepEqual(
    [...parseProperties(text, 'f')],
    [
      ['acks', 'all'],
      ['filter', '{"a": "b=c"}'],
      ['long', 'one two'],
      ['tab', 'a\tb\nc\\'],
    ],
  );
});

test('a comma list keeps commas that belong to a value', () => {
  assert.deepEqual(
    [...readConfigFlag('cleanup.policy=compact,delete,retention.ms=1', '/nowhere')],
    [
      ['cleanup.policy', 'compact,delete'],
      ['retention.ms', '1'],
    ],
  );
});

test('a broken line is named by number, and its secret is not printed', () => {
  assert.throws(
    () => parseProperties('a=1\nsasl.jaas.config org.apache password="hunter2";\n', 'dr-link.config'),
    (error: CliFailure) => error.message.startsWith('dr-link.config, line 2') && !error.message.includes('hunter2'),
  );
  assert.throws(() => parseProperties('a=1\na=2\n', 'f'), /line 2: "a" is given twice/);
});

test('a missing file is told apart from a list', () => {
  assert.throws(() => readConfigFlag('no-such.config', '/nowhere'), CliFailure);
});
