/** Whose quota holds, and how long one is silenced for what one used. Against Apache Kafka: test/kafka/conformance-quotas.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Configs } from '../config/configs.js';
import type { QuotaMeta } from '../topics/meta-file.js';
import { Enforcer } from './enforcer.js';
import { Limits } from './limits.js';

const app = { user: 'app', clientId: 'one' };
const of = (entity: QuotaMeta['entity'], value: number, key = 'producer_byte_rate'): QuotaMeta => ({
  entity,
  values: { [key]: value },
});

/** From the one that counts most to the one that counts least. */
const levels: readonly QuotaMeta['entity'][] = [
  { user: 'app', 'client-id': 'one' },
  { user: 'app', 'client-id': null },
  { user: 'app' },
  { user: null, 'client-id': 'one' },
  { user: null, 'client-id': null },
  { user: null },
  { 'client-id': 'one' },
  { 'client-id': null },
];

function enforcerOf(quotas: readonly QuotaMeta[], config: Readonly<Record<string, string>> = {}) {
  return new Enforcer({ quotas: () => quotas, configs: new Configs({ ...config }) });
}

test('quotas: what is nearest to the client holds, in the order that Kafka has [broker 9.7]', () => {
  const noise = [of({ user: 'other' }, 1), of({ user: 'other', 'client-id': 'one' }, 1), of({ ip: '10.0.0.1' }, 1)];
  for (const [at, level] of levels.entries()) {
    const quotas = levels.slice(at).map((entity, behind) => of(entity, 100 + at + behind));
    const limits = new Limits([...noise, ...quotas.reverse()]);
    assert.equal(limits.of('producer_byte_rate', app)?.perSecond, 100 + at, JSON.stringify(level));
    assert.equal(limits.of('consumer_byte_rate', app), undefined);
  }
  assert.equal(
    new Limits([...noise, of({ user: 'app', 'client-id': 'two' }, 1)]).of('producer_byte_rate', app),
    undefined,
  );
});

test('quotas: a default is had by each for itself; a quota of a user is shared by its clients [broker 9.7]', () => {
  const shares = (entity: QuotaMeta['entity'], one: typeof app, other: typeof app) => {
    const limits = new Limits([of(entity, 1)]);
    const [mine, theirs] = [one, other].map((each) => limits.of('producer_byte_rate', each)?.sharedBy);
    assert.ok(mine !== undefined && theirs !== undefined);
    return mine === theirs;
  };
  const two = { user: 'app', clientId: 'two' };
  const stranger = { user: 'stranger', clientId: 'one' };
  assert.equal(shares({ user: 'app' }, app, two), true);
  assert.equal(shares({ user: null }, app, two), true);
  assert.equal(shares({ user: null }, app, stranger), false);
  assert.equal(shares({ 'client-id': 'one' }, app, stranger), true);
  assert.equal(shares({ 'client-id': null }, app, stranger), true);
  assert.equal(shares({ 'client-id': null }, app, two), false);
  assert.equal(shares({ user: 'app', 'client-id': null }, app, two), false);
  assert.equal(shares({ user: null, 'client-id': 'one' }, app, stranger), false);
});

test('quotas: nobody waits within the rate, and then as long as what was used takes at it [broker 9.7]', () => {
  const enforcer = enforcerOf([of({ user: 'app' }, 100)]);
  const use = (bytes: number, nowMs: number) => enforcer.charge('producer_byte_rate', app, bytes, nowMs);
  // Eleven windows of a second, of which the last one has only begun.
  assert.equal(use(1000, 5_000), 0);
  assert.equal(use(100, 5_000), 1000);
  // What was used within the windows still counts, and what is older does not.
  assert.equal(use(0, 15_500), 500);
  assert.equal(use(1000, 16_000), 0);
  assert.equal(use(51, 16_000), 10);
  assert.equal(enforcer.charge('producer_byte_rate', { user: 'other', clientId: 'one' }, 1e12, 27_500), 0);
});

test('quotas: what is given back was never used [broker 9.7]', () => {
  const enforcer = enforcerOf([of({ user: 'app' }, 100, 'consumer_byte_rate')]);
  assert.ok(enforcer.charge('consumer_byte_rate', app, 5_000, 0) > 0);
  enforcer.giveBack('consumer_byte_rate', app, 5_000, 0);
  assert.equal(enforcer.charge('consumer_byte_rate', app, 1000, 1), 0);
  assert.equal(enforcer.fetchBytesMax(app), 1000);
});

test('quotas: for time of its threads nobody is silenced longer than a window [broker 9.7]', () => {
  const enforcer = enforcerOf([of({ user: 'app' }, 1, 'request_percentage')], { 'quota.window.size.seconds': '3' });
  assert.equal(enforcer.charge('request_percentage', app, 1e6, 0), 3000);
});

test('quotas: changes of topics come back at their rate; who owes is refused, or waits [broker 9.7]', () => {
  const config = { 'controller.quota.window.num': '2', 'controller.quota.window.size.seconds': '5' };
  const enforcer = enforcerOf([of({ user: 'app' }, 2, 'controller_mutation_rate')], config);
  let now = 1000;
  const one = enforcer.mutationsOf(app, true, () => now);
  assert.ok(one.take(20));
  assert.ok(one.take(4), 'all that was there is gone, but nothing was owed yet');
  assert.ok(!one.take(1), 'four are owed');
  assert.equal(one.throttleMs(), 2000);
  now += 500;
  assert.equal(one.throttleMs(), 1500);
  const older = enforcer.mutationsOf(app, false, () => now);
  assert.ok(older.take(1));
  assert.equal(older.throttleMs(), 2000);
  now += 2000;
  assert.ok(enforcer.mutationsOf(app, true, () => now).take(1));
  assert.equal(enforcer.mutationsOf({ user: 'x', clientId: 'y' }, true, () => now).throttleMs(), 0);
});

test('quotas: without any nothing is counted; a change holds at once; a client with many names costs no memory [broker 9.7]', () => {
  let quotas: readonly QuotaMeta[] = [of({ ip: '10.0.0.1' }, 1, 'connection_creation_rate')];
  const enforcer = new Enforcer({ quotas: () => quotas, configs: new Configs({}) });
  assert.equal(enforcer.isIdle, true);
  assert.equal(enforcer.charge('producer_byte_rate', app, 1e9, 0), 0);
  quotas = [of({ 'client-id': null }, 10)];
  assert.equal(enforcer.isIdle, false);
  assert.ok(enforcer.charge('producer_byte_rate', app, 1e9, 0) > 0);
  for (let i = 0; i < 20_000; i++) {
    enforcer.charge('producer_byte_rate', { user: 'app', clientId: `c${i}` }, 1, i * 100);
    assert.ok(enforcer.meters <= 1100, `${enforcer.meters}`);
  }
});
