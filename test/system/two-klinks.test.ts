/**
 * Two klinks, one destination: the owner stands still for 20 s twice within two minutes, and nothing is damaged; both forced
 * to believe that they own, and every damage is found. On Apache Kafka 4.3.0.
 */
import { test } from 'node:test';
import type { ClusterKind } from './kill-copy-clusters.js';
import { runForced, runStops } from './two-klinks-run.js';

const kind = (process.env.KLINK_KILL_BROKERS ?? '4.3.0') as ClusterKind;
const seconds = Number(process.env.KLINK_TWO_SECONDS ?? 120);

test(`two klinks on ${kind}: an owner that stands still and wakes up does no harm [4.1]`, (t) =>
  runStops(t, { kind, nodes: 1, seconds, stops: ['marker-sent', 'between'] }));

test(`two klinks on ${kind} that both believe to own: what they damage has failed at its offset [P3]`, (t) =>
  runForced(t, { kind, nodes: 1, seconds: seconds / 3, markersDelayedMs: 300 }));
