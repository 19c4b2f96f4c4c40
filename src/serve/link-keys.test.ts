import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { seededRandom } from '../base/random.js';
import type { Result } from '../base/result.js';
import { readSealedText, writeSealedText } from '../base/secret-text.js';
import { LinkKeys } from './link-keys.js';

const place = { linkId: 'AAAAAAAAAAAAAAAAAAAAAA', setting: 'password' };

function use(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'klink-keys-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  let seed = 0;
  return {
    file: join(directory, 'state', 'link-keys'),
    other: join(directory, 'other', 'link-keys'),
    keys: (file: string) => new LinkKeys(file, seededRandom(++seed)),
  };
}

function value<T>(result: Result<T, string>): T {
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

function why(result: Result<unknown, string>): string {
  return result.ok ? 'it was done' : result.error;
}

test('link keys: made at first need, for this user alone, and nothing is kept before it is asked for [P9]', (t) => {
  const { file, keys } = use(t);
  const one = keys(file);
  const sealed = value(one.seal(place, 'hunter2'));
  assert.equal(existsSync(file), false, 'a dry run seals as well');
  assert.equal(value(one.open(place, sealed)), 'hunter2');
  value(one.keep());
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(value(keys(file).open(place, sealed)), 'hunter2', 'a later process');
  assert.notEqual(value(one.seal(place, 'hunter2')), sealed, 'the same secret never looks the same');
  assert.ok(!sealed.includes('hunter2'));
  value(one.keep());
});

test('link keys: a missing key is told from a changed text, and no error holds the secret [P9]', (t) => {
  const { file, other, keys } = use(t);
  const [one, two] = [keys(file), keys(other)];
  const sealed = value(one.seal(place, 'hunter2'));
  value(one.keep());
  const keyId = readSealedText(sealed)?.keyId ?? '';
  assert.match(
    why(two.open(place, sealed)),
    new RegExp(`has no key ${keyId}; copy that file .*link configuration update`),
  );
  const changed = /was changed in the journal, or belongs to another link/;
  assert.match(why(one.open({ ...place, linkId: 'BBBBBBBBBBBBBBBBBBBBBB' }, sealed)), changed);
  assert.match(why(one.open({ ...place, setting: 'ssl.key.password' }, sealed)), changed);
  const payload = Buffer.from(readSealedText(sealed)?.payload ?? []);
  payload[14] = (payload[14] ?? 0) ^ 1;
  assert.match(why(one.open(place, writeSealedText({ keyId, payload }))), changed);
  assert.match(why(one.open(place, writeSealedText({ keyId, payload: payload.subarray(0, 20) }))), /cut off/);
});

test('link keys: klinks share them by copying, and a new one in front seals from then on', (t) => {
  const { file, other, keys } = use(t);
  const [one, two] = [keys(file), keys(other)];
  const before = value(one.seal(place, 'hunter2'));
  value(one.keep());
  value(two.seal(place, 'other'));
  value(two.keep());
  const [first, second] = [file, other].map((path) => readFileSync(path, 'utf8').trim().split('\n').at(-1));
  writeFileSync(file, `${second}\n${first}\n`);
  assert.equal(value(one.open(place, before)), 'hunter2', 'without a restart');
  assert.equal(value(two.open(place, value(one.seal(place, 'hunter3')))), 'hunter3');
});

test('link keys: a file that others can read, that is damaged, or that came from somebody else is refused', (t) => {
  const { file, keys } = use(t);
  const one = keys(file);
  value(one.seal(place, 'hunter2'));
  value(one.keep());
  const late = keys(file);
  rmSync(file);
  value(late.seal(place, 'hunter2'));
  value(one.seal(place, 'hunter2'));
  value(one.keep());
  assert.match(why(late.keep()), /was made by somebody else just now/);
  chmodSync(file, 0o640);
  assert.match(why(one.seal(place, 'x')), /can be read by others; set its mode to 0600/);
  chmodSync(file, 0o600);
  writeFileSync(file, '# nothing\n');
  assert.match(why(one.seal(place, 'x')), /is no key file/);
});
