/** Which values a quota may have. What Kafka says to them as well stands in test/kafka/security.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOfValue } from './quotas.js';

test('quotas: only the keys of the entity, and values that can be kept [broker 9.7]', () => {
  const [user, address] = [{ user: 'app' }, { ip: '10.0.0.1' }];
  assert.equal(refusalOfValue(user, 'producer_byte_rate', 1024), undefined);
  assert.equal(refusalOfValue(user, 'request_percentage', 0.5), undefined);
  assert.equal(refusalOfValue(address, 'connection_creation_rate', 3), undefined);
  for (const key of ['connection_creation_rate', 'no_such_rate', 'constructor', 'toString', '__proto__']) {
    assert.match(refusalOfValue(user, key, 1) ?? '', /Invalid configuration key/, key);
  }
  for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.match(refusalOfValue(user, 'request_percentage', value) ?? '', /greater than 0|too large/, `${value}`);
  }
  assert.match(refusalOfValue(user, 'producer_byte_rate', 10.5) ?? '', /fractional/);
  assert.match(refusalOfValue(address, 'connection_creation_rate', 2 ** 31) ?? '', /too large/);
});
