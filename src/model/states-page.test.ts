import assert from 'node:assert/strict';
import test from 'node:test';
import { packageRoot } from '../../test/harness/package-root.js';
import { staleness } from '../../tools/write-states.js';

test('docs/spec/states.md is what the tables say', () => {
  assert.equal(staleness(packageRoot), undefined);
});
