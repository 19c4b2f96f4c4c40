/** The total tables and `apply` say the same of every state and every event. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  clamped,
  LINK,
  linkEvents,
  links,
  mirrorEvents,
  mirrors,
  recorded,
  stateOf,
  steps,
  stopping,
} from '../../test/harness/control-samples.js';
import { InvariantError } from '../base/invariant.js';
import { linkTable, mayGoBackToCopying, mirrorTable, stepTable } from '../model/transitions.js';
import { apply } from './apply.js';

const entries = Object.entries as <K extends string, V>(record: Readonly<Record<K, V>>) => [K, V][];

test('every state of a mirror has a cell for every event, and apply obeys it', () => {
  for (const [state, mirror] of entries(mirrors)) {
    for (const [kind, event] of entries(mirrorEvents)) {
      const cell = mirrorTable[state][kind];
      const before = stateOf(links.ACTIVE, mirror);
      // Within STOPPING the table of steps has a say of its own.
      const step = kind in stepTable.settling;
      if ('refused' in cell) {
        assert.throws(() => apply(before, recorded(event)), InvariantError, `${state} × ${kind}`);
      } else if (state !== 'STOPPING' || !step || kind === 'engine-settled') {
        const after = [...apply(before, recorded(event)).mirrors.values()][0];
        assert.equal(after?.kind ?? 'removed', cell.next, `${state} × ${kind}`);
      }
    }
  }
});

test('every step of stopping has a cell for every event of a step, and apply obeys it [8]', () => {
  for (const [name, step] of entries(steps)) {
    for (const [kind, cell] of entries(stepTable[name])) {
      const before = stateOf(links.ACTIVE, stopping(step));
      if ('refused' in cell) {
        assert.throws(() => apply(before, recorded(mirrorEvents[kind])), InvariantError, `${name} × ${kind}`);
        continue;
      }
      const after = [...apply(before, recorded(mirrorEvents[kind])).mirrors.values()][0];
      assert.equal(after?.kind === 'STOPPING' ? after.step.kind : after?.kind, cell.next, `${name} × ${kind}`);
    }
  }
});

test('every state of a link has a cell for every event, and apply obeys it', () => {
  for (const [state, link] of entries(links)) {
    for (const [kind, event] of entries(linkEvents)) {
      const cell = linkTable[state][kind];
      const before = stateOf(link, undefined);
      if ('refused' in cell) {
        assert.throws(() => apply(before, recorded(event)), InvariantError, `${state} × ${kind}`);
        continue;
      }
      assert.equal(apply(before, recorded(event)).links.get(LINK)?.kind ?? 'removed', cell.next, `${state} × ${kind}`);
    }
  }
});

test('failover can be decided in every live state but while the topic is being made, and cannot be taken back [P5]', () => {
  for (const state of ['ACTIVE', 'PAUSED', 'FAILED', 'PROMOTING'] as const) {
    assert.deepEqual(mirrorTable[state]['failover-begun'], { next: 'STOPPING' });
  }
  for (const kind of ['mirror-paused', 'mirror-resumed', 'promotion-begun'] as const) {
    assert.ok('refused' in mirrorTable.STOPPING[kind]);
    assert.ok('refused' in mirrorTable.STOPPED[kind]);
  }
});

test('the steps of stopping follow §8, none is skipped', () => {
  const order = ['engine-settled', 'ends-proven', 'barriers-written', 'groups-clamped', 'settings-applied'] as const;
  let state = stateOf(links.ACTIVE, mirrors.STOPPING);
  const passed: string[] = [];
  for (const kind of order) {
    state = apply(state, recorded(mirrorEvents[kind]));
    const after = [...state.mirrors.values()][0];
    passed.push(after?.kind === 'STOPPING' ? after.step.kind : '');
  }
  assert.deepEqual(passed, ['proving', 'barrier', 'clamping', 'settings', 'lifting']);
  const [stopped] = [...apply(state, recorded(mirrorEvents['mirror-stopped'])).mirrors.values()];
  assert.ok(stopped?.kind === 'STOPPED');
  assert.deepEqual([stopped.ends.length, stopped.clamped, stopped.notes], [1, [clamped], ['no']]);
});

test('a log that moved behind a barrier leaves no way back to copying [8 (3)]', () => {
  const barrier = stateOf(links.ACTIVE, stopping(steps.barrier, 'promote'));
  const [again] = [...apply(barrier, recorded(mirrorEvents['proof-outdated'])).mirrors.values()];
  assert.ok(again?.kind === 'STOPPING');
  assert.equal(again.step.kind, 'proving');
  assert.equal(mayGoBackToCopying(again.step), false);
  assert.equal(mayGoBackToCopying(steps.proving), true);
});

test('a group is named once, with where it stood first [8 (4)]', () => {
  const named = apply(stateOf(links.ACTIVE, stopping(steps.clamping)), recorded(mirrorEvents['clamp-begun']));
  const again = { ...mirrorEvents['groups-clamped'], clamped: [{ ...clamped, from: 7n }] };
  const [after] = [...apply(named, recorded(again)).mirrors.values()];
  assert.ok(after?.kind === 'STOPPING' && after.step.kind === 'settings');
  assert.deepEqual(after.step.clamped, [clamped]);
});

test('the first failure of a partition stays: its offset is where the mirror ends [2.6]', () => {
  const later = {
    ...mirrorEvents['partitions-failed'],
    failures: [{ partition: 0, reason: 'RANGE_LOST', offset: 2n, detail: '' }],
  } as const;
  const [after] = [...apply(stateOf(links.ACTIVE, mirrors.FAILED), recorded(later)).mirrors.values()];
  assert.ok(after?.kind === 'FAILED');
  assert.deepEqual(
    after.failures.map(({ offset }) => offset),
    [4n],
  );
});
