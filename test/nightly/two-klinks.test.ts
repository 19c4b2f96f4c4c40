/** Two klinks for five minutes, the owner stopped five times, each time at another moment; on every kind of cluster. */
import { test } from 'node:test';
import type { ClusterKind } from '../system/kill-copy-clusters.js';
import type { Moment } from '../system/kill-watch.js';
import { runForced, runStops } from '../system/two-klinks-run.js';

const seconds = Number(process.env.KLINK_TWO_SECONDS ?? 300);
const stops: readonly Moment[] = ['marker-sent', 'data-sent', 'between', 'marker-answered', 'data-answered'];
const places: readonly { readonly kind: ClusterKind; readonly nodes: 1 | 3 }[] = [
  { kind: '4.3.0', nodes: 1 },
  { kind: '3.9.1', nodes: 1 },
  { kind: 'embedded', nodes: 1 },
  { kind: '4.3.0', nodes: 3 },
];

for (const place of places) {
  const name = `${place.nodes === 3 ? 'three brokers a side, ' : ''}${place.kind}`;
  test(`two klinks on ${name}: an owner that stands still and wakes up does no harm [4.1]`, (t) =>
    runStops(t, { ...place, seconds, stops }));
  test(`two klinks on ${name} that both believe to own: what they damage has failed at its offset [P3]`, (t) =>
    runForced(t, { ...place, seconds: seconds / 5, markersDelayedMs: 300 }));
}
