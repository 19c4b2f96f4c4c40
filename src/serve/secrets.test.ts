import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { resolveSecret } from './secrets.js';

test('references: a variable, a whole file, one key of a properties file', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'klink-secrets-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const resolved = (reference: string) => resolveSecret(reference, { SET: 'from env', EMPTY: '' });
  const [whole, properties] = [file('whole', 'two\nlines\n'), file('p.properties', '# c\na=1\nb = x=y\n')];
  for (const [reference, expected] of [
    ['${env:SET}', 'from env'],
    [`\${file:${whole}}`, 'two\nlines'],
    [`\${file:${properties}:b}`, 'x=y'],
    [`\${file:${file('with:colon', 'itself')}}`, 'itself'],
  ] as const) {
    assert.deepEqual(resolved(reference), { ok: true, value: expected });
  }
  for (const [reference, problem] of [
    ['${env:UNSET}', /UNSET is not set/],
    ['${env:EMPTY}', /EMPTY is not set/],
    [`\${file:${whole}.gone}`, /whole\.gone could not be read \(ENOENT\)/],
    [`\${file:${whole}.gone:key}`, /whole\.gone could not be read \(ENOENT\)/],
    [`\${file:${properties}:c}`, /p\.properties has no key c/],
    [`\${file:${file('broken', 'a=1\nhunter2')}:a}`, /line 2 of the file .*broken is not `key=value`/],
    ['hunter2', /neither/],
  ] as const) {
    const found = resolved(reference);
    assert.ok(!found.ok);
    assert.match(found.error, problem);
    assert.doesNotMatch(found.error, /hunter2/);
  }
});
