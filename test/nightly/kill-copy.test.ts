/** The kill run of `npm test` on every other kind of cluster; the window is open from the sixth kill on. */
import { test } from 'node:test';
import type { ClusterKind } from '../system/kill-copy-clusters.js';
import { runKillsOfServer } from '../system/kill-copy-server.js';

const bytes = Number(process.env.KLINK_KILL_BYTES ?? 1 << 30);

/** Six brokers share the processors, and every byte is written six times: they get more time for the same bytes. */
const places: readonly { readonly kind: ClusterKind; readonly nodes: 1 | 3; readonly rate: number }[] = [
  { kind: '3.9.1', nodes: 1, rate: 9_000_000 },
  { kind: 'embedded', nodes: 1, rate: 9_000_000 },
  { kind: '4.3.0', nodes: 3, rate: 4_000_000 },
];

for (const place of places) {
  const rate = Number(process.env.KLINK_KILL_RATE ?? place.rate);
  const name = `${place.nodes === 3 ? 'three brokers a side, ' : ''}${place.kind}`;
  test(`kill run on ${name}: equal at every offset, whatever is killed when [P1, P2]`, (t) =>
    runKillsOfServer(t, { ...place, partitions: 12, bytes, rate, windowFloor: 'both' }));
}
