/** The kill run of `npm test` on every other kind of cluster, with the window floor once at its default and once at 0. */
import { test } from 'node:test';
import type { ClusterKind } from '../system/kill-copy-clusters.js';
import { runKillsOfServer } from '../system/kill-copy-server.js';

const bytes = Number(process.env.KLINK_KILL_BYTES ?? 1 << 30);
const rate = Number(process.env.KLINK_KILL_RATE ?? 9_000_000);

const runs: readonly { readonly kind: ClusterKind; readonly nodes: 1 | 3; readonly windowFloor: 'default' | 0 }[] = [
  { kind: '4.3.0', nodes: 1, windowFloor: 'default' },
  { kind: '4.3.0', nodes: 1, windowFloor: 0 },
  { kind: '3.9.1', nodes: 1, windowFloor: 'default' },
  { kind: '3.9.1', nodes: 1, windowFloor: 0 },
  { kind: 'embedded', nodes: 1, windowFloor: 'default' },
  { kind: 'embedded', nodes: 1, windowFloor: 0 },
  { kind: '4.3.0', nodes: 3, windowFloor: 'default' },
  { kind: '4.3.0', nodes: 3, windowFloor: 0 },
];

for (const run of runs) {
  const name = `${run.nodes === 3 ? 'three brokers a side, ' : ''}${run.kind}, window floor ${run.windowFloor}`;
  test(`kill run on ${name}: equal at every offset, whatever is killed when [P1, P2]`, (t) =>
    runKillsOfServer(t, { ...run, partitions: 12, bytes, rate }));
}
