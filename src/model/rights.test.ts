import assert from 'node:assert/strict';
import test from 'node:test';
import { packageRoot } from '../../test/harness/package-root.js';
import { staleness } from '../../tools/write-rights.js';

test('docs/spec/rights.md is what the constants say', () => {
  assert.equal(staleness(packageRoot), undefined);
});
