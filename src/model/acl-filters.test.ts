import assert from 'node:assert/strict';
import test from 'node:test';
import { type Acl, aclLine, readAclLine } from './acl.js';
import { parseAclFilters, selectsAcl } from './acl-filters.js';
import { checkLinkSettings } from './link-settings.js';

function acl(line: string, more: Partial<Acl> = {}): Acl {
  const [permission, operation, resourceType, pattern, resourceName = '', principal = 'User:app'] = line.split(' ');
  const read = readAclLine([permission, operation, resourceType, pattern, resourceName, principal, '*'].join('\t'));
  assert.ok(read, line);
  return { ...read, ...more };
}

const TOPIC = acl('ALLOW READ TOPIC LITERAL orders');
const PREFIX = acl('ALLOW WRITE TOPIC PREFIXED ord');
const STAR = acl('DENY WRITE TOPIC LITERAL *');
const GROUP = acl('ALLOW READ GROUP LITERAL app');
const CLUSTER = acl('ALLOW ALTER CLUSTER LITERAL kafka-cluster User:ops');
const ALL = [TOPIC, PREFIX, STAR, GROUP, CLUSTER];

function selected(...aclFilters: readonly unknown[]): readonly Acl[] {
  const parsed = parseAclFilters(JSON.stringify({ aclFilters }));
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
  return ALL.filter((each) => selectsAcl(parsed.value, each));
}

const resource = (resourceFilter: Readonly<Record<string, string>>) => ({ resourceFilter });
const access = (accessFilter: Readonly<Record<string, string>>) => ({
  resourceFilter: { resourceType: 'any', patternType: 'any' },
  accessFilter,
});

test('acl filters: both forms of the walk bring every ACL', () => {
  const current = {
    resourceFilter: { resourceType: 'any', patternType: 'any' },
    accessFilter: { operation: 'any', permissionType: 'any' },
  };
  const older = resource({ resourceType: 'any', patternType: 'LITERAL', filterType: 'INCLUDE' });
  assert.deepEqual(selected(current), ALL);
  assert.deepEqual(selected(older), ALL);
});

test('acl filters: none brings nothing', () => {
  assert.deepEqual(selected(), []);
  const empty = parseAclFilters(' ');
  assert.ok(empty.ok && !selectsAcl(empty.value, TOPIC));
});

test('acl filters: words count in any case, and each narrows', () => {
  assert.deepEqual(selected(resource({ resourceType: 'Topic', patternType: 'literal', name: 'orders' })), [TOPIC]);
  assert.deepEqual(selected(resource({ resourceType: 'topic', patternType: 'Prefixed' })), [PREFIX]);
  assert.deepEqual(selected(resource({ resourceType: 'topic', patternType: 'match', name: 'orders' })), [
    TOPIC,
    PREFIX,
    STAR,
  ]);
  assert.deepEqual(selected(access({ operation: 'write', permissionType: 'any' })), [PREFIX, STAR]);
  assert.deepEqual(selected(access({ permissionType: 'deny' })), [STAR]);
  assert.deepEqual(selected(access({ principal: 'User:ops' })), [CLUSTER]);
  assert.deepEqual(selected(access({ host: '10.0.0.1' })), []);
});

test('acl filters: exclude wins over include, in either order', () => {
  const all = resource({ resourceType: 'any', patternType: 'any' });
  const cluster = resource({ resourceType: 'cluster', patternType: 'any', filterType: 'exclude' });
  for (const filters of [
    [all, cluster],
    [cluster, all],
  ]) {
    assert.deepEqual(selected(...filters), [TOPIC, PREFIX, STAR, GROUP]);
  }
});

test('acl filters: PREFIX is taken for PREFIXED, and said so', () => {
  const filter = { aclFilters: [resource({ resourceType: 'topic', patternType: 'prefix', name: 'ord' })] };
  const parsed = parseAclFilters(JSON.stringify(filter));
  assert.ok(parsed.ok && selectsAcl(parsed.value, PREFIX));
  assert.match(parsed.value.notes.join(), /written PREFIXED/);
});

test('acl filters: what is misspelt is refused with its place and what is allowed [P10]', () => {
  const of = (entry: string) => `{"aclFilters":[${entry}]}`;
  for (const [text, where] of [
    ['{', /not JSON/],
    ['[]', /must be an object like/],
    ['{"aclfilters":[]}', /must be an object like/],
    ['{"aclFilters":[],"x":1}', /unknown field "x"/],
    [of('7'), /aclFilters\[0\] must be an object with resourceFilter/],
    [of('{}'), /aclFilters\[0\]\.resourceFilter must be an object with resourceType/],
    [of('{"resourceFilter":{"resourcetype":"any"}}'), /unknown field "resourcetype"; it may have resourceType/],
    [
      of('{"resourceFilter":{"resourceType":"topics"}}'),
      /resourceFilter\.resourceType must be one of ANY, TOPIC, GROUP/,
    ],
    [of('{"resourceFilter":{"patternType":"REGEX"}}'), /patternType must be one of ANY, LITERAL, PREFIXED, MATCH/],
    [of('{"resourceFilter":{"filterType":"MAYBE"}}'), /filterType must be one of INCLUDE, EXCLUDE/],
    [
      of('{"resourceFilter":{},"accessFilter":{"operation":"writes"}}'),
      /accessFilter\.operation must be one of ANY, ALL/,
    ],
    [
      of('{"resourceFilter":{},"accessFilter":{"permissionType":1}}'),
      /accessFilter\.permissionType must be one of ANY, DENY/,
    ],
    [of('{"resourceFilter":{"name":""}}'), /resourceFilter\.name must be a text/],
    [of('{"resourceFilter":{},"accessFilter":{"principal":"app"}}'), /principal must be like "User:name"/],
  ] as const) {
    const result = parseAclFilters(text);
    assert.ok(!result.ok, text);
    assert.match(result.error, where);
  }
});

test('acls: a line is read back as the ACL it was made of', () => {
  for (const each of ALL) assert.deepEqual(readAclLine(aclLine(each)), each);
  assert.equal(readAclLine('ALLOW\tREAD'), undefined);
  assert.equal(readAclLine(aclLine(TOPIC).replace('READ', 'PEEK')), undefined);
});

const FILTERS = '{"aclFilters":[{"resourceFilter":{"resourceType":"any","patternType":"any"}}]}';

function checked(settings: Readonly<Record<string, string>>) {
  return checkLinkSettings(new Map(Object.entries({ 'bootstrap.servers': 'a:1', ...settings })));
}

test('link settings: ACL sync is honoured, noted without filters, and refused together with a prefix', () => {
  const on = checked({ 'acl.sync.enable': 'true', 'acl.sync.ms': '1000', 'acl.filters': FILTERS });
  assert.ok(on.ok, on.ok ? '' : on.error.message);
  assert.equal(on.value.options.aclSync?.everyMs, 1_000);
  assert.equal(on.value.options.aclSync?.filters.filters.length, 1);
  const bare = checked({ 'acl.sync.enable': 'true' });
  assert.ok(bare.ok && bare.value.notes.some((note) => note.includes('acl.filters')));
  const wrong = checked({ 'acl.filters': '{"aclFilters":[7]}' });
  assert.ok(!wrong.ok && /acl\.filters.*aclFilters\[0\]/.test(wrong.error.message));
  const prefixed = checked({ 'acl.sync.enable': 'true', 'cluster.link.prefix': 'east.' });
  assert.ok(!prefixed.ok && /prefix/.test(prefixed.error.message));
});
