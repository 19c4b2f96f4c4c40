/** RE2's syntax over topic names: what it matches, what it refuses, and that nothing takes long. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topicPattern } from './topic-pattern.js';

function matches(source: string, name: string): boolean {
  const pattern = topicPattern(source);
  if (pattern.kind === 'invalid') throw new Error(`${source}: ${pattern.why}`);
  return pattern.matches(name);
}

test('topic pattern: the whole name matches, as with RE2 [5.4]', () => {
  const yes: [string, string][] = [
    ['', ''],
    ['orders', 'orders'],
    ['orders.*', 'orders-eu'],
    ['(orders|bills)-[0-9]+', 'bills-12'],
    ['a|b|', ''],
    ['x{2}y{1,}z{0,2}', 'xxyyyzz'],
    ['a{,5}', 'a{,5}'],
    ['(?i)ORDERS', 'orders'],
    ['(?i:O)rders', 'orders'],
    ['(?:a|b)*?c', 'abac'],
    ['(?P<kind>a)(?<other>b)', 'ab'],
    ['[[:alpha:]]+[^[:digit:]]', 'ab-'],
    ['[]a-c-]+', 'abc-'],
    ['\\pL\\p{Lu}\\P{L}\\p{^L}', 'aB1-'],
    ['\\Qa.b\\E.', 'a.bc'],
    ['\\Aa\\bz?\\z', 'a'],
    ['^a\\Bb$', 'ab'],
    ['\\d\\D\\w\\W', '1aa-'],
    ['\\x61\\x{62}\\143', 'abc'],
    ['a\\.b', 'a.b'],
    ['(a*)*b', 'aab'],
    ['.+', '__consumer_offsets'],
  ];
  for (const [source, name] of yes) assert.equal(matches(source, name), true, `${source} and ${name}`);
  const no: [string, string][] = [
    ['orders', 'orders-eu'],
    ['rders', 'orders'],
    ['(?i)o(?-i)RDERS', 'orders'],
    ['(?i:o)RDERS', 'orders'],
    ['x{2}', 'xxx'],
    ['[^a-c]', 'b'],
    ['\\p{Greek}', 'a'],
    ['a$b', 'ab'],
    ['é', 'e'],
  ];
  for (const [source, name] of no) assert.equal(matches(source, name), false, `${source} and ${name}`);
});

test('topic pattern: what RE2 cannot compile is refused [5.4]', () => {
  const refused = [
    '[',
    '(',
    ')',
    'a)',
    '*',
    '(*a)',
    'a**',
    'a{2}{3}',
    'a*??',
    'a*+',
    '(?=a)',
    '(?<!a)b',
    '(?>a)',
    '(?#a)',
    '(a)\\1',
    '\\Z',
    '\\C',
    '\\y',
    '\\',
    'a{1001}',
    'a{3,2}',
    '[b-a]',
    '[[:nope:]]',
    '\\p{Nope}',
    '(?P<a>x)(?P<a>y)',
    '(?P<a',
  ];
  for (const source of refused) assert.equal(topicPattern(source).kind, 'invalid', source);
});

test('topic pattern: an expression that would run for ages elsewhere is answered, and one that is too large refused [5.4]', () => {
  assert.equal(matches('(a+)+b', 'a'.repeat(249)), false);
  assert.equal(matches('(a|a)*b', 'a'.repeat(249)), false);
  assert.equal(matches('(.*)(.*)(.*)(.*)(.*)c', 'a'.repeat(249)), false);
  for (const source of ['(a{1000}){1000}', '(((a{10}){10}){10}){10}']) {
    assert.deepEqual(topicPattern(source), { kind: 'invalid', why: 'invalid repeat count' }, source);
  }
  const nested = `${'('.repeat(1900)}a${')'.repeat(1900)}`;
  assert.deepEqual(topicPattern(nested), { kind: 'invalid', why: 'expression nests too deeply' });
  const large = ['(a|b){900}', '((a{0,1000}){0,1000}){0,1000}', '((a{30}){30})'.repeat(300), '|'.repeat(4001)];
  for (const source of large) {
    assert.deepEqual(topicPattern(source), { kind: 'invalid', why: 'expression too large' }, source.slice(0, 40));
  }
  assert.equal(topicPattern(`[${'a'.repeat(3998)}]`).kind, 'pattern');
});
