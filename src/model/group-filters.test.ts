import assert from 'node:assert/strict';
import test from 'node:test';
import { parseGroupFilters, selectsGroup } from './group-filters.js';

function parsed(...groupFilters: readonly unknown[]) {
  const result = parseGroupFilters(JSON.stringify({ groupFilters }));
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

test('group filters: none selects nothing', () => {
  assert.equal(selectsGroup(parsed(), 'app'), false);
  const empty = parseGroupFilters('  ');
  assert.ok(empty.ok && !selectsGroup(empty.value, 'app'));
});

test('group filters: literal, prefixed, and the star for all', () => {
  const filters = parsed({ name: 'app' }, { name: 'dr-', patternType: 'PREFIXED' });
  assert.deepEqual(
    ['app', 'app-2', 'dr-1', 'other'].map((group) => selectsGroup(filters, group)),
    [true, false, true, false],
  );
  assert.equal(selectsGroup(parsed({ name: '*' }), 'whatever'), true);
});

test('group filters: exclude wins over include, in either order', () => {
  const include = { name: '*', filterType: 'INCLUDE' };
  const exclude = { name: 'secret', filterType: 'EXCLUDE' };
  for (const filters of [parsed(include, exclude), parsed(exclude, include)]) {
    assert.deepEqual([selectsGroup(filters, 'app'), selectsGroup(filters, 'secret')], [true, false]);
  }
});

test('group filters: PREFIX is taken for PREFIXED, and said so', () => {
  const filters = parsed({ name: 'a', patternType: 'PREFIX' });
  assert.equal(selectsGroup(filters, 'ab'), true);
  assert.match(filters.notes.join(), /written PREFIXED/);
});

test('group filters: what is misspelt is refused with its place [P10]', () => {
  for (const [text, where] of [
    ['{', /not JSON/],
    ['[]', /must be an object like/],
    ['{"groupFilter":[]}', /must be an object like/],
    ['{"groupFilters":[],"x":1}', /unknown field "x"/],
    ['{"groupFilters":[{"name":"a"},7]}', /groupFilters\[1\] must be an object/],
    ['{"groupFilters":[{"name":""}]}', /groupFilters\[0\]\.name/],
    ['{"groupFilters":[{"name":"a","patterntype":"LITERAL"}]}', /unknown field "patterntype"/],
    ['{"groupFilters":[{"name":"a","patternType":"REGEX"}]}', /patternType must be/],
    ['{"groupFilters":[{"name":"a","filterType":"MAYBE"}]}', /filterType must be/],
  ] as const) {
    const result = parseGroupFilters(text);
    assert.ok(!result.ok, text);
    assert.match(result.error, where);
  }
});
