/**
 * The bare relay: fetch, patch 40 header bytes, produce with acks=all, check every base offset, and nothing else. One
 * connection a side. It is the floor against which klink's cost is measured, so it is written as tight as we can: frames are
 * read into their own memory, messages are written and parsed by hand. It survives nothing: any surprise ends it.
 *   node dist/bench/relay.js '{"source":…,"destination":…,"topic":…,"copy":…}'
 */
import { connect, type Socket } from 'node:net';
import { patchCrc } from '../src/protocol/crc32c.js';
import type { Topic } from './broker.js';

interface Job {
  readonly source: string;
  readonly destination: string;
  readonly topic: Topic;
  readonly copy: Topic;
}

const FETCH_BYTES = 16 << 20;
const PARTITION_BYTES = 2 << 20;
const QUEUE_BYTES_MAX = 32 << 20;
const REQUESTS_IN_FLIGHT_MAX = 5;
const SCRATCH_BYTES = 64 << 10;
const PRODUCER_ID = (1n << 62n) + 4711n;
const [FETCH, FETCH_VERSION] = [1, 13];
const [PRODUCE, PRODUCE_VERSION] = [0, 13];
/** The part of a batch's header that changes under its checksum: attributes to base sequence. */
const [CHANGED_FROM, CHANGED_TO] = [21, 57];

/** One connection: requests out, whole answers in, in order. */
class Side {
  readonly #socket: Socket;
  readonly #answer: (frame: Buffer) => void;
  readonly #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
  #scratchBytes = 0;
  #frame: Buffer | undefined;
  #frameBytes = 0;

  constructor(address: string, answer: (frame: Buffer) => void) {
    this.#answer = answer;
    const [host = '', port] = address.split(':');
    this.#socket = connect({
      host,
      port: Number(port),
      noDelay: true,
      onread: { buffer: () => this.#room(), callback: (count) => this.#received(count) },
    });
    this.#socket.on('error', (error) => give(`${address}: ${error.message}`));
    this.#socket.on('close', () => give(`${address}: the connection was closed`));
  }

  write(chunks: readonly Buffer[]): void {
    this.#socket.cork();
    for (const chunk of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
  }

  /** Where the next bytes go: into the frame that is being read, as long as there is one. */
  #room(): Buffer {
    return this.#frame?.subarray(this.#frameBytes) ?? this.#scratch.subarray(this.#scratchBytes);
  }

  #received(count: number): boolean {
    if (this.#frame !== undefined) {
      this.#frameBytes += count;
      if (this.#frameBytes < this.#frame.length) return true;
      const frame = this.#frame;
      this.#frame = undefined;
      this.#answer(frame);
      return true;
    }
    const end = this.#scratchBytes + count;
    let at = 0;
    while (end - at >= 4) {
      const size = this.#scratch.readInt32BE(at);
      const from = at + 4;
      const frame = Buffer.allocUnsafeSlow(size);
      const here = Math.min(size, end - from);
      this.#scratch.copy(frame, 0, from, from + here);
      at = from + here;
      if (here < size) {
        this.#frame = frame;
        this.#frameBytes = here;
        break;
      }
      this.#answer(frame);
    }
    this.#scratch.copy(this.#scratch, 0, at, end);
    this.#scratchBytes = end - at;
    return true;
  }
}

/** What was fetched of one partition and not sent yet. */
interface Partition {
  readonly index: number;
  position: bigint;
  sequence: number;
  /** Rests of answers, each beginning with a batch. */
  readonly waiting: { readonly records: Buffer; at: number }[];
  /** Bases that answers must name, in order. */
  readonly expected: bigint[];
}

function relay(job: Job): void {
  const partitions: Partition[] = Array.from({ length: job.topic.partitions }, (_, index) => ({
    index,
    position: 0n,
    sequence: 0,
    waiting: [],
    expected: [],
  }));
  const sourceId = Buffer.from(job.topic.id, 'base64url');
  const copyId = Buffer.from(job.copy.id, 'base64url');
  const source = new Side(job.source, fetched);
  const destination = new Side(job.destination, produced);
  const before = Buffer.alloc(CHANGED_TO - CHANGED_FROM);
  let queuedBytes = 0;
  let fetching = false;
  let inFlight = 0;
  fetchMore();

  function fetchMore(): void {
    if (fetching || queuedBytes > QUEUE_BYTES_MAX) return;
    fetching = true;
    const request = new Message(FETCH, FETCH_VERSION, 128 + 36 * partitions.length);
    request.int32(-1); // No replica.
    request.int32(500); // At most so long, in ms,
    request.int32(1); // unless there is a byte.
    request.int32(FETCH_BYTES);
    request.int8(1); // read_committed
    request.int32(0); // No session.
    request.int32(-1);
    request.int8(2);
    request.raw(sourceId);
    request.unsignedVarint(partitions.length + 1);
    for (const partition of partitions) {
      request.int32(partition.index);
      request.int32(-1);
      request.int64(partition.position);
      request.int32(-1);
      request.int64(-1n);
      request.int32(PARTITION_BYTES);
      request.int8(0);
    }
    request.raw(Buffer.from([0, 1, 1, 0])); // Tags of the topic; nothing forgotten; no rack; tags.
    source.write([request.finish(0)]);
  }

  function fetched(frame: Buffer): void {
    fetching = false;
    const answer = new Cursor(frame, 9); // Correlation, tags, throttle.
    if (answer.int16() !== 0) give('the fetch was refused');
    answer.skip(4);
    for (let topics = answer.unsignedVarint(); topics > 1; topics--) {
      answer.skip(16);
      for (let count = answer.unsignedVarint(); count > 1; count--) {
        const partition = partitions[answer.int32()];
        if (answer.int16() !== 0 || partition === undefined) give('a partition was refused');
        answer.skip(24);
        for (let aborted = answer.unsignedVarint(); aborted > 1; aborted--) give('an aborted transaction');
        answer.skip(4);
        const size = answer.unsignedVarint() - 1;
        const records = frame.subarray(answer.at, answer.at + size);
        answer.skip(size);
        answer.tags();
        take(partition, records);
      }
      answer.tags();
    }
    produceMore();
    fetchMore();
  }

  /** Whole batches only: an answer may end in the middle of one. */
  function take(partition: Partition, records: Buffer): void {
    let at = 0;
    while (at + 61 <= records.length) {
      const size = 12 + records.readInt32BE(at + 8);
      if (at + size > records.length) break;
      partition.position = records.readBigInt64BE(at) + BigInt(records.readInt32BE(at + 23) + 1);
      at += size;
    }
    if (at === 0) return;
    partition.waiting.push({ records: records.subarray(0, at), at: 0 });
    queuedBytes += at;
  }

  function produceMore(): void {
    while (inFlight < REQUESTS_IN_FLIGHT_MAX) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      let last: Message | undefined;
      const ready = partitions.filter(({ waiting }) => waiting.length > 0);
      if (ready.length === 0) return;
      const request = new Message(PRODUCE, PRODUCE_VERSION, 64);
      request.int8(0); // No transaction.
      request.int16(-1); // acks=all
      request.int32(30_000);
      request.int8(2);
      request.raw(copyId);
      request.unsignedVarint(ready.length + 1);
      last = request;
      for (const partition of ready) {
        const batch = nextBatch(partition);
        last.int32(partition.index);
        last.unsignedVarint(batch.length + 1);
        chunks.push(last.written(), batch);
        bytes += batch.length;
        last = new Message(undefined, 0, 24);
        last.int8(0);
      }
      last.int8(0);
      last.int8(0);
      chunks.push(last.written());
      request.setLength(chunks.reduce((sum, { length }) => sum + length, 0));
      queuedBytes -= bytes;
      inFlight++;
      destination.write(chunks);
    }
  }

  function nextBatch(partition: Partition): Buffer {
    const head = partition.waiting[0];
    if (head === undefined) throw new Error('nothing waits');
    const { records, at } = head;
    const end = at + 12 + records.readInt32BE(at + 8);
    head.at = end;
    if (end === records.length) partition.waiting.shift();
    const batch = records.subarray(at, end);
    partition.expected.push(batch.readBigInt64BE(0));
    const count = batch.readInt32BE(23) + 1;
    batch.copy(before, 0, CHANGED_FROM, CHANGED_TO);
    batch.writeBigInt64BE(0n, 0);
    batch.writeInt32BE(-1, 12);
    batch.writeInt16BE(batch.readInt16BE(21) & 7, 21);
    batch.writeBigInt64BE(PRODUCER_ID, 43);
    batch.writeInt16BE(0, 51);
    batch.writeInt32BE(partition.sequence, 53);
    const after = batch.subarray(CHANGED_FROM, CHANGED_TO);
    batch.writeUInt32BE(patchCrc(batch.readUInt32BE(17), before, after, batch.length - CHANGED_TO), 17);
    partition.sequence = (partition.sequence + count) % 2 ** 31;
    return batch;
  }

  function produced(frame: Buffer): void {
    inFlight--;
    const answer = new Cursor(frame, 5);
    for (let topics = answer.unsignedVarint(); topics > 1; topics--) {
      answer.skip(16);
      for (let count = answer.unsignedVarint(); count > 1; count--) {
        const partition = partitions[answer.int32()];
        const code = answer.int16();
        const base = answer.int64();
        const expected = partition?.expected.shift();
        if (code !== 0 || base !== expected) give(`error ${code}, base ${base} where ${expected} was due`);
        answer.skip(16);
        if (answer.unsignedVarint() !== 1) give('a record was refused');
        answer.skip(Math.max(0, answer.unsignedVarint() - 1));
        answer.tags();
      }
      answer.tags();
    }
    produceMore();
    fetchMore();
  }
}

/** A piece of a request, written front to back. With an API key it begins with length and header. */
class Message {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(apiKey: number | undefined, version: number, size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
    if (apiKey === undefined) return;
    this.int32(0);
    this.int16(apiKey);
    this.int16(version);
    this.int32(0);
    this.int16(-1); // No client id.
    this.int8(0);
  }

  int8(value: number): void {
    this.#at = this.#bytes.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at);
  }

  unsignedVarint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  raw(bytes: Buffer): void {
    this.#at += bytes.copy(this.#bytes, this.#at);
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** `bytes`: of the whole request, the length itself included. */
  setLength(bytes: number): void {
    this.#bytes.writeInt32BE(bytes - 4, 0);
  }

  finish(bytesBehind: number): Buffer {
    this.setLength(this.#at + bytesBehind);
    return this.written();
  }
}

class Cursor {
  readonly #frame: Buffer;
  at: number;

  constructor(frame: Buffer, at: number) {
    this.#frame = frame;
    this.at = at;
  }

  skip(bytes: number): void {
    this.at += bytes;
  }

  int16(): number {
    this.at += 2;
    return this.#frame.readInt16BE(this.at - 2);
  }

  int32(): number {
    this.at += 4;
    return this.#frame.readInt32BE(this.at - 4);
  }

  int64(): bigint {
    this.at += 8;
    return this.#frame.readBigInt64BE(this.at - 8);
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#frame[this.at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  tags(): void {
    for (let count = this.unsignedVarint(); count > 0; count--) {
      this.unsignedVarint();
      this.skip(this.unsignedVarint());
    }
  }
}

function give(reason: string): never {
  process.stderr.write(`relay: ${reason}\n`);
  process.exit(1);
}

// An orderly end, so that a profile is written.
process.on('SIGTERM', () => process.exit(0));
relay(JSON.parse(process.argv[2] ?? '') as Job);
