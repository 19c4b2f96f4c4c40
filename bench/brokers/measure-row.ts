/** One row on one broker: a topic that is made for it, and a load generator that runs until the window is over. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { deleteTopics } from '../../src/protocol/api/delete-topics.js';
import { packageRoot } from '../../test/harness/package-root.js';
import { Wire } from '../../test/harness/wire.js';
import { createTopic, type Topic } from '../broker.js';
import type { Job, Outcome } from './job.js';
import { CONNECTIONS, type Row, WARM_UP_SHARE } from './rows.js';
import type { Side } from './sides.js';

/** Far more than the slowest row takes on a slow machine. */
const ENDED_WITHIN_MS = 120_000;
/** Of what was produced so much is read: a rest stays, so that no connection is done before the window is over. */
const READ_SHARE = 0.85;

export async function prepare(side: Side, name: string, row: Row): Promise<Topic> {
  const wire = await Wire.open({ host: '127.0.0.1', port: side.port });
  const topic = await createTopic(wire, name, row.partitions, row.isFlushed ? { 'flush.messages': '1' } : {});
  wire.close();
  return topic;
}

export async function remove(side: Side, topic: Topic): Promise<void> {
  const wire = await Wire.open({ host: '127.0.0.1', port: side.port });
  const request = { topics: [{ name: null, topicId: topic.id }], topicNames: [], timeoutMs: 30_000 };
  const { responses } = await wire.ask(deleteTopics, request);
  wire.close();
  if (responses[0]?.errorCode !== 0) throw new Error(`delete ${topic.name}: error ${responses[0]?.errorCode}`);
}

export async function measureRow(side: Side, topic: Topic, row: Row): Promise<Outcome> {
  const share = row.operation === 'fetch' ? READ_SHARE : 1;
  const job: Job = {
    operation: row.operation,
    port: side.port,
    brokerPid: side.pid,
    topic: { name: topic.name, id: topic.id },
    partitions: row.partitions,
    batchBytes: row.batchBytes,
    connections: CONNECTIONS,
    warmUpBytes: row.measuredBytes * WARM_UP_SHARE * share,
    measuredBytes: row.measuredBytes * share,
  };
  const script = join(packageRoot, 'dist', 'bench', 'brokers', 'generator.js');
  const child = spawn(process.execPath, [script, JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: ENDED_WITHIN_MS,
  });
  let told = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new Error(`${row.operation} on ${side.name}: ${complaint || `the generator ended with ${code}`}`);
  return JSON.parse(told) as Outcome;
}
