/**
 * @platformatic/kafka as a program of the matrix, of either line: the first argument is the module to load. README.md
 * beside this folder says what each verb does.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Kafka from '@platformatic/kafka';
import type { JobRecord, Security } from '../job.js';
import {
  administer,
  bytes,
  type Conversation,
  logIn,
  pause,
  produceAll,
  readRecords,
  serve,
  streamInTurn,
  text,
  type Verbs,
} from '../node-program.js';
import { operate } from './admin.js';

const [module = ''] = process.argv.splice(2, 1);
const { Admin, Consumer, Producer } = (await import(
  isAbsolute(module) ? pathToFileURL(module).href : module
)) as typeof Kafka;

const ASK_EVERY_MS = 50;
const READ_COMMITTED = 1;
const READ_UNCOMMITTED = 0;
const LATER = { retries: 600, retryDelay: 100 };

interface At {
  readonly bootstrap: string;
  readonly security: Security;
}

function options({ bootstrap, security }: At): Kafka.BaseOptions {
  const common: Kafka.BaseOptions = { clientId: 'platformatic', bootstrapBrokers: [bootstrap], ...LATER };
  if (security.protocol === 'PLAINTEXT') return common;
  const sasl = { ...security.login };
  if (security.protocol === 'SASL_PLAINTEXT') return { ...common, sasl };
  return { ...common, sasl, tls: { ca: readFileSync(security.ca, 'utf8') } };
}

function messageFrom(record: JobRecord, topic: string, partition: number): Kafka.MessageToProduce {
  const key = bytes(record.key);
  const value = bytes(record.value);
  return {
    topic,
    partition,
    timestamp: BigInt(record.timestamp),
    headers: new Map(record.headers.map(([name, header]) => [Buffer.from(name), Buffer.from(header, 'base64')])),
    ...(key === null ? {} : { key }),
    ...(value === null ? {} : { value }),
  };
}

function sayRecord(to: Conversation, message: Kafka.Message): void {
  const headers = [...message.headers].map(([name, value]) => [name.toString(), text(value) ?? ''] as const);
  const { partition, offset, timestamp } = message;
  const content = { key: text(message.key), value: text(message.value), headers };
  to.say({ record: { partition, offset: Number(offset), ...content, timestamp: Number(timestamp) } });
}

const baseOffset = (result: Kafka.ProduceResult): number | null => {
  const [first] = result.offsets ?? [];
  return first === undefined ? null : Number(first.offset);
};

const verbs: Verbs = {
  async produce(job, to) {
    for (const { partition, compression, idempotent, records } of job.parts) {
      const producer = new Producer({ ...options(job), idempotent, compression, acks: -1 });
      await produceAll(to, records, partition, async (some) => {
        const messages = some.map((record) => messageFrom(record, job.topic, partition));
        return baseOffset(await producer.send({ messages }));
      });
      await producer.close();
    }
  },

  async consume(job, to) {
    const isolationLevel = job.isolation === 'read_committed' ? READ_COMMITTED : READ_UNCOMMITTED;
    const consumer = new Consumer({ ...options(job), groupId: job.group, isolationLevel, maxWaitTime: 200 });
    const stream = await consumer.consume({ topics: [job.topic], mode: 'earliest', autocommit: false });
    let left = job.count;
    for await (const message of stream) {
      sayRecord(to, message);
      if (--left === 0) break;
    }
    await consumer.close(true);
  },

  async member(job, to) {
    const group =
      job.protocol === 'consumer'
        ? { groupProtocol: 'consumer' as const }
        : { sessionTimeout: job.sessionTimeoutMs, heartbeatInterval: job.heartbeatMs };
    const consumer = new Consumer({ ...options(job), groupId: job.group, maxWaitTime: 200, ...group });
    // Members of the newer protocol are told without an event.
    let said: string | undefined;
    const watch = setInterval(() => {
      const own = consumer.assignments?.find(({ topic }) => topic === job.topic);
      const assigned = [...(own?.partitions ?? [])].sort();
      if (JSON.stringify(assigned) === said) return;
      said = JSON.stringify(assigned);
      to.say({ assigned });
    }, ASK_EVERY_MS);
    const commits = new Set<Promise<void>>();
    let isEnding = false;
    const read = async () => {
      const topics = [job.topic];
      const stream = await consumer.consume({ topics, mode: 'committed', fallbackMode: 'earliest', autocommit: false });
      for await (const message of stream) {
        sayRecord(to, message);
        // One that a rebalance refuses is read again by whoever has the partition now.
        const commit = Promise.resolve(message.commit())
          .catch((error: unknown) => console.error('commit:', error))
          .finally(() => commits.delete(commit));
        commits.add(commit);
      }
    };
    // Its last stream may not end with the consumer; nothing waits for it.
    void (async () => {
      while (!isEnding) {
        try {
          await read();
        } catch (error) {
          // A broker that has just come back refuses the epoch that the client knows, and that ends a stream.
          console.error('stream:', error);
        }
        await pause(ASK_EVERY_MS);
      }
    })();
    await to.inputEnded;
    isEnding = true;
    await Promise.all(commits);
    await consumer.close(true);
    clearInterval(watch);
  },

  async transactions(job, to) {
    const producer = new Producer({ ...options(job), transactionalId: job.transactionalId, idempotent: true });
    for (const [index, { partition, records, end }] of job.transactions.entries()) {
      const transaction = await producer.beginTransaction();
      await transaction.send({
        messages: readRecords(records).map((record) => messageFrom(record, job.topic, partition)),
      });
      await transaction[end]();
      to.say({ ended: { index, end } });
    }
    await producer.close();
  },

  async transform(job, to) {
    const producer = new Producer({ ...options(job), transactionalId: job.transactionalId, idempotent: true });
    const consumer = new Consumer({
      ...options(job),
      groupId: job.group,
      isolationLevel: READ_COMMITTED,
      maxWaitTime: 200,
    });
    let done = 0;
    for (let index = 0; done < job.count; ) {
      const stream = await consumer.consume({
        topics: [job.from],
        mode: 'committed',
        fallbackMode: 'earliest',
        autocommit: false,
      });
      let batch: Kafka.Message[] = [];
      for await (const message of stream) {
        batch.push(message);
        if (batch.length < Math.min(job.batch, job.count - done)) continue;
        const transaction = await producer.beginTransaction();
        await transaction.addConsumer(consumer);
        const messages = batch.map(({ partition, key, value }) => ({
          topic: job.to,
          partition,
          ...(key === null || key === undefined ? {} : { key }),
          value: Buffer.concat([Buffer.from('t:'), value ?? Buffer.alloc(0)]),
        }));
        await transaction.send({ messages });
        for (const one of batch) await transaction.addOffset(one);
        const end = index === 1 ? 'abort' : 'commit';
        await transaction[end]();
        to.say({ ended: { index: index++, end } });
        if (end === 'commit') done += batch.length;
        batch = [];
        // A stream begins at what is committed.
        if (end === 'abort' || done === job.count) break;
      }
      await stream.close();
    }
    await consumer.close(true);
    await producer.close();
  },

  login: (job, to) =>
    logIn(to, job, async (attempt) => {
      const producer = new Producer({ ...options(attempt), retries: 0, connectTimeout: 5_000 });
      try {
        await producer.send({ messages: [{ topic: job.topic, partition: 0, value: Buffer.from(attempt.value) }] });
      } finally {
        try {
          await producer.close(true);
        } catch (error) {
          console.error('close:', error);
        }
      }
    }),

  async stream(job, to) {
    const producer = new Producer({ ...options(job), idempotent: job.idempotent, acks: -1 });
    await streamInTurn(to, job, async (partition, value) =>
      baseOffset(await producer.send({ messages: [{ topic: job.topic, partition, value: Buffer.from(value) }] })),
    );
    await producer.close();
  },

  async admin(job, to) {
    const admin = new Admin({ ...options(job), retries: 3 });
    await administer(to, job, (operation) => operate(admin, operation));
    await admin.close();
  },
};

serve(verbs);
