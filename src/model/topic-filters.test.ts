import assert from 'node:assert/strict';
import test from 'node:test';
import { parseTopicFilters, selectsTopic, selectsTopicByName } from './topic-filters.js';

function parsed(...topicFilters: readonly unknown[]) {
  const result = parseTopicFilters(JSON.stringify({ topicFilters }));
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

test('topic filters: literal, prefixed, the star for all, and exclude wins', () => {
  const filters = parsed(
    { name: 'orders', patternType: 'LITERAL', filterType: 'INCLUDE' },
    { name: 'dr-', patternType: 'PREFIXED', filterType: 'INCLUDE' },
    { name: 'dr-secret', patternType: 'PREFIXED', filterType: 'EXCLUDE' },
  );
  assert.deepEqual(
    ['orders', 'orders-2', 'dr-1', 'dr-secret-1', 'other'].map((topic) => selectsTopic(filters, topic)),
    [true, false, true, false, false],
  );
  const all = parsed({ name: '*', filterType: 'INCLUDE' }, { name: 'orders', filterType: 'EXCLUDE' });
  assert.deepEqual([selectsTopic(all, 'any'), selectsTopic(all, 'orders')], [true, false]);
  const none = parseTopicFilters('');
  assert.ok(none.ok && !selectsTopic(none.value, 'any'));
});

test('topic filters: a name that is written out is told from a pattern that fits', () => {
  const named = (name: string, ...filters: readonly unknown[]) => selectsTopicByName(parsed(...filters), name);
  assert.equal(named('orders', { name: 'orders' }), true);
  assert.equal(named('orders', { name: '*' }), false);
  assert.equal(named('orders', { name: 'orders', patternType: 'PREFIXED' }), false);
  assert.equal(named('orders', { name: '*' }, { name: 'orders' }), true);
  assert.equal(
    named('orders', { name: 'orders' }, { name: 'ord', patternType: 'PREFIXED', filterType: 'EXCLUDE' }),
    false,
  );
});

test('topic filters: PREFIX is taken for PREFIXED and said so, and what is misspelt is refused with its place [P10]', () => {
  const filters = parsed({ name: 'a', patternType: 'PREFIX' });
  assert.equal(selectsTopic(filters, 'ab'), true);
  assert.match(filters.notes.join(), /topicFilters\[0\]\.patternType: PREFIX is written PREFIXED today/);
  for (const [text, where] of [
    ['{"groupFilters":[]}', /an object like \{"topicFilters"/],
    ['{"topicFilters":[{"name":""}]}', /topicFilters\[0\]\.name must be the name of a topic/],
    ['{"topicFilters":[{"name":"a","patternType":"REGEX"}]}', /patternType must be/],
  ] as const) {
    const result = parseTopicFilters(text);
    assert.ok(!result.ok, text);
    assert.match(result.error, where);
  }
});
