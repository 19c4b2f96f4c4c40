/** kafkajs as a program of the matrix: README.md beside this folder says what each verb does. */
import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';
import type { Compression, JobRecord, Security } from '../job.js';
import {
  administer,
  bytes,
  type Conversation,
  logIn,
  produceAll,
  readRecords,
  serve,
  streamInTurn,
  text,
  type Verbs,
} from '../node-program.js';
import { operate } from './admin.js';

const LATER = { retries: 60, initialRetryTime: 100, maxRetryTime: 1_000 };

export function open(at: { readonly bootstrap: string; readonly security: Security }, retry = LATER): kafkajs.Kafka {
  const { security } = at;
  const config: kafkajs.KafkaConfig = {
    clientId: 'kafkajs',
    brokers: [at.bootstrap],
    logLevel: kafkajs.logLevel.NOTHING,
    retry,
    connectionTimeout: 5_000,
  };
  if (security.protocol !== 'PLAINTEXT') {
    const { mechanism, username, password } = security.login;
    const name = mechanism.toLowerCase() as 'plain' | 'scram-sha-256' | 'scram-sha-512';
    config.sasl = { mechanism: name, username, password } as kafkajs.SASLOptions;
  }
  if (security.protocol === 'SASL_SSL') config.ssl = { ca: readFileSync(security.ca, 'utf8') };
  return new kafkajs.Kafka(config);
}

function messageFrom(record: JobRecord, partition: number): kafkajs.Message {
  const headers: Record<string, Buffer[]> = {};
  for (const [name, value] of record.headers) {
    headers[name] ??= [];
    headers[name].push(Buffer.from(value, 'base64'));
  }
  return {
    partition,
    key: bytes(record.key),
    value: bytes(record.value),
    headers,
    timestamp: String(record.timestamp),
  };
}

function sayRecord(to: Conversation, partition: number, message: kafkajs.KafkaMessage): void {
  const headers = Object.entries(message.headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, text(one) ?? ''] as const),
  );
  const { offset, timestamp } = message;
  const content = { key: text(message.key), value: text(message.value), headers };
  to.say({ record: { partition, offset: Number(offset), ...content, timestamp: Number(timestamp) } });
}

const compressionOf = (name: Compression): kafkajs.CompressionTypes => {
  if (name === 'none') return kafkajs.CompressionTypes.None;
  if (name === 'gzip') return kafkajs.CompressionTypes.GZIP;
  throw new Error(`kafkajs has no ${name} of its own`);
};

const baseOffset = ([first]: readonly kafkajs.RecordMetadata[]): number | null =>
  first?.baseOffset === undefined ? null : Number(first.baseOffset);

const verbs: Verbs = {
  async produce(job, to) {
    for (const { partition, compression, idempotent, records } of job.parts) {
      const producer = open(job).producer({ idempotent, maxInFlightRequests: 1 });
      await producer.connect();
      await produceAll(to, records, partition, async (some) => {
        const messages = some.map((record) => messageFrom(record, partition));
        return baseOffset(
          await producer.send({ topic: job.topic, acks: -1, compression: compressionOf(compression), messages }),
        );
      });
      await producer.disconnect();
    }
  },

  async consume(job, to) {
    const consumer = open(job).consumer({
      groupId: job.group,
      readUncommitted: job.isolation === 'read_uncommitted',
      maxWaitTimeInMs: 200,
    });
    await consumer.connect();
    await consumer.subscribe({ topic: job.topic, fromBeginning: true });
    let left = job.count;
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      const eachMessage = async ({ partition, message }: kafkajs.EachMessagePayload) => {
        sayRecord(to, partition, message);
        if (--left === 0) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await consumer.disconnect();
  },

  async member(job, to) {
    if (job.protocol !== 'classic') throw new Error('kafkajs knows the classic protocol only');
    const consumer = open(job).consumer({
      groupId: job.group,
      sessionTimeout: job.sessionTimeoutMs,
      heartbeatInterval: job.heartbeatMs,
      rebalanceTimeout: job.sessionTimeoutMs,
      maxWaitTimeInMs: 200,
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      to.say({ assigned: payload.memberAssignment[job.topic] ?? [] });
    });
    await consumer.connect();
    await consumer.subscribe({ topic: job.topic, fromBeginning: true });
    const eachMessage = async ({ partition, message }: kafkajs.EachMessagePayload) => sayRecord(to, partition, message);
    await consumer.run({ autoCommitThreshold: 1, eachMessage });
    await to.inputEnded;
    await consumer.disconnect();
  },

  async transactions(job, to) {
    const producer = open(job).producer({
      transactionalId: job.transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    for (const [index, { partition, records, end }] of job.transactions.entries()) {
      const transaction = await producer.transaction();
      const messages = readRecords(records).map((record) => messageFrom(record, partition));
      await transaction.send({ topic: job.topic, messages });
      await transaction[end]();
      to.say({ ended: { index, end } });
    }
    await producer.disconnect();
  },

  async transform(job, to) {
    const kafka = open(job);
    const producer = kafka.producer({ transactionalId: job.transactionalId, idempotent: true, maxInFlightRequests: 1 });
    const consumer = kafka.consumer({ groupId: job.group, maxWaitTimeInMs: 200 });
    await Promise.all([producer.connect(), consumer.connect()]);
    await consumer.subscribe({ topic: job.from, fromBeginning: true });
    let done = 0;
    let index = 0;
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) reject(payload.error);
      });
      const eachBatch = async ({ batch, resolveOffset }: kafkajs.EachBatchPayload) => {
        const { partition, messages } = batch;
        for (let from = 0; from < messages.length; from += job.batch) {
          const some = messages.slice(from, from + job.batch);
          const [first, last] = [some[0], some.at(-1)];
          if (first === undefined || last === undefined) return;
          const transaction = await producer.transaction();
          const prefixed = some.map(({ key, value }) => ({
            partition,
            key,
            value: Buffer.concat([Buffer.from('t:'), value ?? Buffer.alloc(0)]),
          }));
          await transaction.send({ topic: job.to, messages: prefixed });
          const partitions = [{ partition, offset: String(Number(last.offset) + 1) }];
          await transaction.sendOffsets({ consumerGroupId: job.group, topics: [{ topic: job.from, partitions }] });
          const end = index === 1 ? 'abort' : 'commit';
          await transaction[end]();
          to.say({ ended: { index: index++, end } });
          if (end === 'abort') {
            consumer.seek({ topic: job.from, partition, offset: first.offset });
            return;
          }
          resolveOffset(last.offset);
          done += some.length;
          if (done === job.count) resolve();
        }
      };
      consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch }).catch(reject);
    });
    await consumer.disconnect();
    await producer.disconnect();
  },

  login: (job, to) =>
    logIn(to, job, async (attempt) => {
      const producer = open(attempt, { ...LATER, retries: 0 }).producer();
      try {
        await producer.connect();
        await producer.send({ topic: job.topic, messages: [{ partition: 0, value: attempt.value }] });
      } finally {
        await producer.disconnect();
      }
    }),

  async stream(job, to) {
    const producer = open(job).producer({ idempotent: job.idempotent, maxInFlightRequests: 1 });
    await producer.connect();
    await streamInTurn(to, job, async (partition, value) =>
      baseOffset(await producer.send({ topic: job.topic, acks: -1, messages: [{ partition, value }] })),
    );
    await producer.disconnect();
  },

  async admin(job, to) {
    const admin = open(job, { ...LATER, retries: 3 }).admin();
    await admin.connect();
    await administer(to, job, (operation) => operate(admin, operation));
    await admin.disconnect();
  },
};

serve(verbs);
