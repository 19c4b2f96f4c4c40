import assert from 'node:assert/strict';
import test from 'node:test';
import { alwaysSynced, parseSyncedSettings, syncedByDefault } from './synced-settings.js';

function parsed(text: string): readonly string[] {
  const result = parseSyncedSettings(text);
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

test('synced settings: those that say what records are always follow, listed or not', () => {
  assert.deepEqual(parsed(''), alwaysSynced);
  assert.deepEqual(parsed(' cleanup.policy , message.timestamp.type'), alwaysSynced);
  assert.deepEqual(
    parsed('min.insync.replicas, flush.ms').filter((name) => !alwaysSynced.includes(name)),
    ['flush.ms', 'min.insync.replicas'],
  );
  assert.deepEqual(parsed(syncedByDefault.join(',')), [...alwaysSynced, ...syncedByDefault].sort());
});

test('synced settings: what can follow no source is refused by its name [P10]', () => {
  for (const wrong of ['retention', 'leader.replication.throttled.replicas', 'retention.ms;segment.ms']) {
    const result = parseSyncedSettings(`flush.ms,${wrong}`);
    assert.ok(!result.ok && result.error.includes(wrong));
  }
});
