/** Who may do what: the order of DENY and ALLOW, names, prefixes, hosts, and what one operation implies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY, MATCH, operations, patterns, permissions, resources } from '../../protocol/acl-codes.js';
import { type Acl, type AclFilter, matches, refusalOfAcl } from './acl.js';
import { Authorizer, type Operation } from './authorizer.js';
import { Rights } from './rights.js';

interface Words {
  readonly permission?: keyof typeof permissions;
  readonly operation?: keyof typeof operations;
  readonly type?: keyof typeof resources;
  readonly name?: string;
  readonly pattern?: keyof typeof patterns;
  readonly principal?: string;
  readonly host?: string;
}

function acl(words: Words = {}): Acl {
  const { permission = 'ALLOW', operation = 'READ', type = 'TOPIC', pattern = 'LITERAL' } = words;
  return {
    resourceType: resources[type],
    resourceName: words.name ?? 'orders',
    patternType: patterns[pattern],
    principal: words.principal ?? 'User:app',
    host: words.host ?? '*',
    operation: operations[operation],
    permissionType: permissions[permission],
  };
}

function having(acls: readonly Acl[], more: { allowsByDefault?: boolean; superUsers?: readonly string[] } = {}) {
  const { allowsByDefault = false, superUsers = ['User:klink'] } = more;
  const authorizer = new Authorizer({ superUsers: new Set(superUsers), allowsByDefault });
  authorizer.add(acls);
  const may = (operation: Operation, name = 'orders', principal = 'User:app', host = '10.0.0.1') =>
    authorizer.may({ principal, host }, operation, 'TOPIC', name);
  return { authorizer, may };
}

test('authorizer: DENY goes before ALLOW, however narrow and whenever made; super users are not asked [broker 9.4]', () => {
  const { may } = having([
    acl({ operation: 'ALL', name: '*' }),
    acl({ operation: 'WRITE', name: 'ord', pattern: 'PREFIXED', permission: 'DENY', principal: 'User:*' }),
  ]);
  assert.equal(may('WRITE'), false);
  assert.equal(may('READ'), true);
  assert.equal(may('WRITE', 'ore'), true);
  assert.equal(may('WRITE', 'orders', 'User:klink'), true);
});

test('authorizer: names, wildcards and prefixes mean what they say, and nothing of another type [broker 9.4]', () => {
  for (const [given, fits, not] of [
    [acl({ name: 'orders' }), ['orders'], ['order', 'orders2', '*']],
    [acl({ name: '*' }), ['orders', '*', 'x'], []],
    [acl({ name: 'ord', pattern: 'PREFIXED' }), ['ord', 'orders'], ['or', 'xord']],
    [acl({ name: '*', pattern: 'PREFIXED' }), ['*x'], ['orders']],
    [acl({ type: 'GROUP' }), [], ['orders']],
  ] as const) {
    const { may } = having([given]);
    for (const name of fits) assert.ok(may('READ', name), name);
    for (const name of not) assert.ok(!may('READ', name), name);
  }
});

test('authorizer: principals and hosts are compared whole; User:* is everybody [broker 9.4]', () => {
  const { may } = having([acl({ host: '10.0.0.1' }), acl({ operation: 'WRITE', principal: 'User:*' })]);
  assert.equal(may('READ'), true);
  assert.equal(may('READ', 'orders', 'User:app', '10.0.0.10'), false);
  assert.equal(may('READ', 'orders', 'User:ap'), false);
  assert.equal(may('WRITE', 'orders', 'User:ANONYMOUS'), true);
});

test('authorizer: ALLOW implies to describe, DENY denies no more than it says, ALL is all [broker 9.4]', () => {
  for (const operation of ['READ', 'WRITE', 'DELETE', 'ALTER'] as const) {
    assert.equal(having([acl({ operation })]).may('DESCRIBE'), true, operation);
    const denied = having([acl({ operation: 'ALL' }), acl({ operation, permission: 'DENY' })]);
    assert.equal(denied.may('DESCRIBE'), true, operation);
    assert.equal(denied.may(operation), false, operation);
  }
  assert.equal(having([acl({ operation: 'CREATE' })]).may('DESCRIBE'), false);
  assert.equal(having([acl({ operation: 'ALTER_CONFIGS' })]).may('DESCRIBE_CONFIGS'), true);
  assert.equal(having([acl({ operation: 'ALTER' })]).may('DESCRIBE_CONFIGS'), false);
  assert.equal(having([acl({ operation: 'DESCRIBE' })]).may('READ'), false);
  const { may } = having([acl({ operation: 'READ' }), acl({ operation: 'ALL', permission: 'DENY' })]);
  assert.equal(may('DESCRIBE'), false);
});

test('authorizer: what no ACL speaks of is decided by the setting, and an ACL of anybody speaks of it [broker 9.4]', () => {
  assert.equal(having([]).may('READ'), false);
  const open = having([acl({ principal: 'User:other' })], { allowsByDefault: true });
  assert.equal(open.may('READ', 'payments'), true);
  assert.equal(open.may('READ'), false);
});

test('authorizer: a right on any topic, unless denials cover each that is allowed (KIP-679) [broker 9.4]', () => {
  const may = (...acls: Acl[]) =>
    having(acls).authorizer.mayAny({ principal: 'User:app', host: 'h' }, 'WRITE', 'TOPIC');
  const allow = acl({ operation: 'WRITE', name: 'orders' });
  const deny = (words: Words) => acl({ permission: 'DENY', operation: 'WRITE', ...words });
  assert.equal(may(), false);
  assert.equal(may(allow), true);
  assert.equal(may(acl()), false, 'READ is not WRITE');
  assert.equal(may(allow, deny({})), false);
  assert.equal(may(allow, deny({ name: 'ord', pattern: 'PREFIXED' })), false);
  assert.equal(may({ ...allow, patternType: patterns.PREFIXED }, deny({})), true, 'others of the prefix are left');
  assert.equal(may(acl({ operation: 'ALL', name: '*' }), deny({ name: 'ord', pattern: 'PREFIXED' })), true);
  assert.equal(may(acl({ operation: 'ALL', name: '*' }), deny({ name: '*' })), false);
});

test('authorizer: the same ACL counts once, and a removed one no longer [broker 9.4]', () => {
  const { authorizer, may } = having([acl(), acl({ operation: 'WRITE' })]);
  authorizer.add([acl()]);
  assert.equal(authorizer.acls.length, 2);
  const any: AclFilter = {
    resourceTypeFilter: ANY,
    resourceNameFilter: null,
    patternTypeFilter: ANY,
    principalFilter: null,
    hostFilter: null,
    operation: operations.READ,
    permissionType: ANY,
  };
  authorizer.remove(new Set(authorizer.find(any)));
  assert.deepEqual([may('READ'), may('WRITE')], [false, true]);
});

test('acls: a filter with MATCH finds whatever covers the name; without it only what is named so [broker 9.4]', () => {
  const filter = (patternTypeFilter: number, resourceNameFilter: string | null): AclFilter => ({
    resourceTypeFilter: resources.TOPIC,
    resourceNameFilter,
    patternTypeFilter,
    principalFilter: null,
    hostFilter: null,
    operation: ANY,
    permissionType: ANY,
  });
  const all = [acl(), acl({ name: '*' }), acl({ name: 'ord', pattern: 'PREFIXED' }), acl({ name: 'pay' })];
  const found = (pattern: number, name: string | null) =>
    all.filter((each) => matches(filter(pattern, name), each)).map(({ resourceName }) => resourceName);
  assert.deepEqual(found(MATCH, 'orders'), ['orders', '*', 'ord']);
  assert.deepEqual(found(ANY, 'orders'), ['orders']);
  assert.deepEqual(found(patterns.LITERAL, '*'), ['*']);
  assert.deepEqual(found(patterns.PREFIXED, null), ['ord']);
  assert.deepEqual(found(patterns.LITERAL, 'ord'), []);
  assert.deepEqual(found(MATCH, null), ['orders', '*', 'ord', 'pay']);
});

test('acls: what may not be made is refused with its reason [broker 9.8]', () => {
  assert.equal(refusalOfAcl(acl()), undefined);
  for (const [wrong, why] of [
    [{ ...acl(), resourceType: ANY }, /resourceType/],
    [{ ...acl(), patternType: MATCH }, /patternType/],
    [{ ...acl(), operation: ANY }, /operation/],
    [{ ...acl(), permissionType: ANY }, /permissionType/],
    [acl({ name: '' }), /empty/],
    [acl({ type: 'CLUSTER', name: 'mine' }), /kafka-cluster/],
    [acl({ principal: 'app' }), /colon/],
  ] as const) {
    assert.match(refusalOfAcl(wrong) ?? '', why);
  }
});

test('rights: the bit fields are those that Kafka tells to who may everything [broker 9.5]', () => {
  const rights = new Rights(undefined, { principal: 'User:x', host: 'h' });
  assert.deepEqual(
    [rights.operations('TOPIC', 't'), rights.operations('GROUP', 'g'), rights.clusterOperations()],
    [3576, 3400, 8096],
  );
});
