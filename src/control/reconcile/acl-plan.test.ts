import assert from 'node:assert/strict';
import test from 'node:test';
import { type Acl, aclInWords, aclLine, readAclLine } from '../../model/acl.js';
import { ACLS_PER_LINK_MAX, type AclPlanInput, beyond, planAcls } from './acl-plan.js';

/** `ALLOW READ TOPIC LITERAL orders`, for User:app unless a sixth word says otherwise. */
function acl(words: string): Acl {
  const [permission, operation, type, pattern, name, principal = 'User:app'] = words.split(' ');
  const read = readAclLine([permission, operation, type, pattern, name, principal, '*'].join('\t'));
  assert.ok(read, words);
  return read;
}

const acls = (...words: readonly string[]) => words.map(acl);
const lines = (...words: readonly string[]) => words.map((each) => aclLine(acl(each)));
const nothing = { live: new Set<string>(), promoted: [], over: false };

function plan(input: Partial<AclPlanInput>) {
  const given = { source: [], selects: () => true, destination: [], ofFences: [], brought: [], mirrors: nothing };
  const { create, remove, forget, held } = planAcls({ ...given, ...input });
  const short = (line: string) => {
    const read = readAclLine(line);
    assert.ok(read, line);
    return aclInWords(read)
      .replace(' on ', ' ')
      .replace(/ for | from \*/g, (each) => (each === ' for ' ? ' ' : ''));
  };
  const all = (some: readonly Acl[]) => some.map((each) => short(aclLine(each)).replace(' User:app', ''));
  return { create: all(create), remove: all(remove), forget: forget.length, held: held.map(short) };
}

const READ = 'ALLOW READ TOPIC LITERAL orders';
const WRITE = 'ALLOW WRITE TOPIC LITERAL orders';

test('acl plan: what the destination lacks is brought, and what the link brought follows the source away [9.1]', () => {
  assert.deepEqual(plan({ source: acls(READ, WRITE), destination: acls(READ) }).create, [WRITE]);
  assert.deepEqual(plan({ destination: acls(READ, WRITE), brought: lines(READ) }).remove, [READ]);
});

test('acl plan: what somebody made here is never deleted, also where the source has it too [9.1]', () => {
  assert.deepEqual(plan({ source: acls(READ), destination: acls(READ) }), {
    create: [],
    remove: [],
    forget: 0,
    held: [],
  });
  assert.deepEqual(plan({ destination: acls(READ) }).remove, []);
});

test('acl plan: what was brought and is gone from both is forgotten; what a narrower filter leaves out stays [9.1]', () => {
  assert.equal(plan({ brought: lines(READ) }).forget, 1);
  const narrowed = { destination: acls(READ), brought: lines(READ), selects: () => false };
  assert.deepEqual(plan(narrowed), { create: [], remove: [], forget: 0, held: [] });
});

test('acl plan: denials like a fence of a live mirror are held; ones that a fence may rest on are not deleted [6.3]', () => {
  const mirrors = { live: new Set(['orders']), promoted: [], over: false };
  const like = 'DENY WRITE TOPIC LITERAL orders User:*';
  const own = 'DENY READ TOPIC LITERAL orders User:*';
  const found = plan({ source: acls(like, own), mirrors });
  assert.deepEqual(found.held, [like]);
  assert.deepEqual(found.create, [own]);
  const rests = 'DENY WRITE TOPIC LITERAL orders';
  const standing = { destination: acls(rests, like), brought: lines(rests, like) };
  assert.deepEqual(plan({ ...standing, mirrors }).remove, []);
  assert.equal(plan(standing).remove.length, 2, 'of no mirror');
});

test('acl plan: neither copied nor deleted is what a fence is made of, here or by another klink [6.3]', () => {
  const line = 'DENY ALTER TOPIC LITERAL orders User:*';
  const found = plan({ source: acls(line), ofFences: acls(line), brought: lines(line) });
  assert.deepEqual([found.create, found.held, found.forget], [[], [line], 0]);
  assert.deepEqual(plan({ ofFences: acls(line), brought: lines(line) }), {
    create: [],
    remove: [],
    forget: 0,
    held: [],
  });
});

test('acl plan: on what reaches a promoted topic access only widens; what names it alone is left alone [9.3]', () => {
  const mirrors = { live: new Set(['other']), promoted: ['orders'], over: false };
  const [grant, denial] = ['ALLOW READ TOPIC PREFIXED ord', 'DENY WRITE TOPIC LITERAL * User:*'];
  assert.deepEqual(plan({ source: acls(grant, denial, READ), mirrors }).create, [grant]);
  const standing = { destination: acls(grant, denial, READ), brought: lines(grant, denial, READ) };
  assert.deepEqual(plan({ ...standing, mirrors }).remove, [denial]);
  const elsewhere = 'ALLOW READ TOPIC LITERAL other';
  assert.deepEqual(plan({ source: acls(elsewhere), mirrors }).create, [elsewhere], 'others go on');
});

test('acl plan: nothing changes once all mirrors of a link are promoted [9.3]', () => {
  const mirrors = { live: new Set<string>(), promoted: ['orders'], over: true };
  const other = 'ALLOW READ GROUP LITERAL app';
  const found = plan({ source: acls(other), destination: acls(WRITE), brought: lines(WRITE), mirrors });
  assert.deepEqual([found.create, found.remove], [[], []]);
});

test("acl plan: klink's own resources are nobody's to grant [9.4]", () => {
  const source = acls(
    'ALLOW WRITE TOPIC LITERAL _klink.state',
    'ALLOW WRITE TOPIC PREFIXED _klink.',
    'ALLOW WRITE TRANSACTIONAL_ID PREFIXED klink-',
  );
  assert.deepEqual(plan({ source }).create, []);
});

test('acl plan: a link answers for so many and no more, in number and in text [9.6]', () => {
  const many = Array.from({ length: ACLS_PER_LINK_MAX }, (_, at) => `${at}`);
  assert.equal(beyond(many.slice(1), ['one']), undefined);
  assert.match(
    beyond(many, ['one']) ?? '',
    /10000 ACLs at most, and this one has brought 10000 and would bring 1 more/,
  );
  assert.equal(beyond([...many, 'more'], []), undefined, 'what was brought is kept');
  assert.match(beyond([], ['x'.repeat(4 * 1024 * 1024 + 1)]) ?? '', /none of those is brought/);
});
