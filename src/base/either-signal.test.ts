import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import test from 'node:test';
import { eitherSignal } from './either-signal.js';

test('either signal aborts it, with its reason, at once where one has aborted before', () => {
  for (const which of [0, 1]) {
    const sources = [new AbortController(), new AbortController()] as const;
    const [one, other] = [sources[0].signal, sources[1].signal];
    const { signal } = eitherSignal(one, other);
    assert.equal(signal.aborted, false);
    sources[which === 0 ? 0 : 1].abort(`by ${which}`);
    assert.equal(signal.aborted, true);
    assert.equal(signal.reason, `by ${which}`);
    assert.equal(eitherSignal(one, other).signal.reason, `by ${which}`);
    assert.deepEqual(
      [one, other].map((each) => getEventListeners(each, 'abort').length),
      [0, 0],
    );
  }
});

test('what was released listens to nobody, and aborts no more', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { signal, release } = eitherSignal(one.signal, other.signal);
  assert.equal(getEventListeners(one.signal, 'abort').length, 1);
  release();
  assert.equal(getEventListeners(one.signal, 'abort').length, 0);
  one.abort();
  assert.equal(signal.aborted, false);
});
