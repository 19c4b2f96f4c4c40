/**
 * klink killed with -9 ten times and each broker three times, while all kinds of writers go on: at every offset both sides
 * show the same, or nothing. On Apache Kafka 4.3.0; other clusters nightly.
 */
import { test } from 'node:test';
import type { ClusterKind } from './kill-copy-clusters.js';
import { runKillsOfServer } from './kill-copy-server.js';

const kind = (process.env.KLINK_KILL_BROKERS ?? '4.3.0') as ClusterKind;
const bytes = Number(process.env.KLINK_KILL_BYTES ?? 1 << 30);
const rate = Number(process.env.KLINK_KILL_RATE ?? 9_000_000);

test(`kill run on ${kind}: equal at every offset, whatever is killed when [P1, P2]`, (t) =>
  runKillsOfServer(t, { kind, nodes: 1, partitions: 12, bytes, rate, windowFloor: 'both' }));
