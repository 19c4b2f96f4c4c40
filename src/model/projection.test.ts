import assert from 'node:assert/strict';
import test from 'node:test';
import { links, mirrors, steps, stopping } from '../../test/harness/control-samples.js';
import { linkState, mirrorStatus, mirrorTopicError, publishedMirrorStatus } from './projection.js';

const published: readonly string[] = publishedMirrorStatus;

test('every combination of mirror, link and source has a published status', () => {
  const shown = new Set<string>();
  for (const mirror of [...Object.values(mirrors), ...Object.values(steps).map((step) => stopping(step))]) {
    for (const link of Object.values(links)) {
      for (const source of ['reachable', 'unavailable'] as const) {
        const status = mirrorStatus(mirror, link, source);
        assert.ok(published.includes(status), status);
        shown.add(status);
      }
    }
  }
  const expected = [
    'ACTIVE',
    'FAILED',
    'LINK_FAILED',
    'LINK_PAUSED',
    'PAUSED',
    'PENDING_STOPPED',
    'SOURCE_UNAVAILABLE',
    'STOPPED',
  ];
  assert.deepEqual([...shown].sort(), [...expected, 'PENDING_MIRROR'].sort());
});

test('a source that is away shows on what is being copied, and on nothing else', () => {
  assert.equal(mirrorStatus(mirrors.ACTIVE, links.ACTIVE, 'unavailable'), 'SOURCE_UNAVAILABLE');
  assert.equal(mirrorStatus(mirrors.PAUSED, links.ACTIVE, 'unavailable'), 'PAUSED');
  assert.equal(mirrorStatus(mirrors.STOPPED, links.FAILED, 'unavailable'), 'STOPPED');
  assert.equal(mirrorStatus(mirrors.STOPPING, links.ACTIVE, 'unavailable'), 'PENDING_STOPPED');
});

test('a link is what was decided, then what is observed', () => {
  assert.equal(linkState(links.ACTIVE, 'reachable'), 'ACTIVE');
  assert.equal(linkState(links.ACTIVE, 'unavailable'), 'UNAVAILABLE');
  assert.equal(linkState(links.FAILED, 'unavailable'), 'FAILED');
});

test('of several failures the one with a published name of its own is shown', () => {
  const failure = (partition: number, reason: 'DIVERGED' | 'TRUNCATED') => ({
    partition,
    reason,
    offset: 0n,
    detail: '',
  });
  assert.equal(mirrorTopicError(mirrors.ACTIVE), 'NO_ERROR');
  assert.ok(mirrors.FAILED.kind === 'FAILED');
  const both = { ...mirrors.FAILED, failures: [failure(0, 'DIVERGED'), failure(1, 'TRUNCATED')] };
  assert.equal(mirrorTopicError(both), 'UNEXPECTED_TRUNCATION');
});
