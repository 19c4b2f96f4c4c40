import assert from 'node:assert/strict';
import test from 'node:test';
import { alwaysSynced, syncedByDefault } from './synced-settings.js';
import {
  changesAtPromotion,
  deletingSettings,
  settingsAfterwards,
  uncountedDeletions,
  unsupportedSource,
  wantedOf,
  workingSettings,
} from './topic-settings.js';

test('topic settings: every working setting is left at promotion, by what the source wants or by the default [8 (5)]', () => {
  const { now, deleting } = changesAtPromotion({ 'compression.type': 'zstd', 'retention.ms': '5', 'segment.ms': '6' });
  for (const name of Object.keys(workingSettings)) assert.ok(name in now !== name in deleting, name);
  assert.deepEqual(deleting, {
    'cleanup.policy': null,
    'retention.bytes': null,
    'retention.ms': '5',
    'segment.ms': '6',
  });
  assert.equal(now['compression.type'], 'zstd');
  assert.equal(now['max.message.bytes'], null);
});

test('topic settings: nothing that deletes applies at once [8 (5)] (T6)', () => {
  const all = Object.fromEntries([...alwaysSynced, ...syncedByDefault].map((name) => [name, '1']));
  const { now } = changesAtPromotion(all);
  for (const name of deletingSettings) assert.ok(!(name in now), name);
});

test('topic settings: of a source only those are followed that a mirror follows', () => {
  const source = { 'retention.ms': '5', 'min.insync.replicas': '2', 'confluent.tier.enable': 'true' };
  assert.deepEqual(wantedOf(source, ['retention.ms', 'segment.ms']), { 'retention.ms': '5' });
  assert.deepEqual(wantedOf(source, ['min.insync.replicas']), { 'min.insync.replicas': '2' });
});

test('topic settings: what copying keeps from a topic of its own settings comes back afterwards, the source first [8 (5)]', () => {
  const independent = { 'retention.ms': '5', 'max.message.bytes': '6', 'min.insync.replicas': '2' };
  const after = settingsAfterwards({ wanted: { 'max.message.bytes': '9' }, independent });
  assert.deepEqual(after, { 'retention.ms': '5', 'max.message.bytes': '9' });
});

test('topic settings: what cannot be kept exact is refused with its reason', () => {
  assert.equal(unsupportedSource({ 'cleanup.policy': 'delete', 'message.format.version': '3.0-IV1' }), undefined);
  assert.equal(unsupportedSource({ 'message.format.version': '0.11.0-IV2' }), undefined);
  for (const [name, value] of [
    ['cleanup.policy', 'compact'],
    ['cleanup.policy', 'delete,compact'],
    ['message.timestamp.type', 'LogAppendTime'],
    ['message.format.version', '0.10.2-IV0'],
    ['message.format.version', '0.9.0'],
  ] as const) {
    assert.ok(unsupportedSource({ [name]: value })?.includes(name), `${name}=${value}`);
  }
});

test('of what deletes and cannot be counted it is said what happens (T6) [8 (5)]', () => {
  const [bytes = '', policy = '', segments = '', ...rest] = uncountedDeletions({
    'retention.ms': '1',
    'retention.bytes': '1000',
    'cleanup.policy': 'compact,delete',
    'segment.ms': '60000',
  });
  assert.match(bytes, /^retention\.bytes=1000: the oldest segments go/);
  assert.match(policy, /^cleanup\.policy=compact,delete: of each key only the newest/);
  assert.match(segments, /^segment\.ms=60000: deletes nothing by itself/);
  assert.deepEqual(rest, []);
  assert.deepEqual(uncountedDeletions({ 'retention.bytes': '-1', 'cleanup.policy': 'delete' }), []);
  assert.match(uncountedDeletions({ 'retention.bytes': null }).join(), /^retention\.bytes: back to what the cluster/);
});
