/**
 * The two loads: what a record looks like, and how the source's producers batch. Random content comes from a seed, so that
 * every run of the same load copies the same bytes.
 */
import { encodeBatch } from '../src/protocol/records/encode.js';

export interface Load {
  readonly name: 'random' | 'json';
  /** For people, in the table. */
  readonly title: string;
  readonly topic: string;
  readonly codec: 'none' | 'lz4';
  /** As many as a producer with `batch.size` of 128 KiB puts into one batch. */
  readonly recordsPerBatch: number;
  /** Record count as a multiple of what was asked for: compressed records are quickly copied. */
  readonly times: number;
  values(random: Numbers): Buffer;
}

export const LOADS: readonly Load[] = [
  {
    name: 'random',
    title: '1000 B random, uncompressed',
    topic: 'bench-random',
    codec: 'none',
    recordsPerBatch: 128,
    times: 1,
    values: (random) => random.bytes(1000),
  },
  {
    name: 'json',
    title: '705 B JSON, lz4, batches of about 28 KiB',
    topic: 'bench-json',
    codec: 'lz4',
    recordsPerBatch: 180,
    times: 2,
    values: jsonValue,
  },
];

/** One batch as a producer would send it. */
export function makeBatch(load: Load, count: number, nowMs: number, random: Numbers): Buffer {
  const timestamp = BigInt(nowMs);
  const records = Array.from({ length: count }, () => ({ timestamp, value: load.values(random) }));
  return encodeBatch({ records, codec: load.codec });
}

const JSON_BYTES = 705;
const CITIES = ['Amsterdam', 'Barcelona', 'Copenhagen', 'Dresden', 'Edinburgh', 'Florence', 'Gothenburg', 'Helsinki'];
const STATES = ['created', 'confirmed', 'packed', 'shipped', 'delivered', 'returned'];

/** An order event: field names repeat from record to record, ids, amounts and times do not. */
function jsonValue(random: Numbers): Buffer {
  const event = {
    eventId: random.hex(24),
    eventType: `order.${random.of(STATES)}`,
    schemaVersion: 3,
    occurredAt: `2026-11-26T${10 + random.below(12)}:${10 + random.below(50)}:${10 + random.below(50)}.${100 + random.below(900)}Z`,
    order: { id: random.hex(16), customerId: `C-${1_000_000 + random.below(9_000_000)}`, state: random.of(STATES) },
    shipping: {
      city: random.of(CITIES),
      country: 'EU',
      express: random.below(2) === 1,
      warehouse: `W${random.below(9)}`,
    },
    payment: { method: 'card', currency: 'EUR', amountCents: random.below(1_000_000), reference: random.hex(12) },
    items: [
      { sku: `SKU-${random.below(100_000)}`, quantity: 1 + random.below(5), unitPriceCents: random.below(20_000) },
      { sku: `SKU-${random.below(100_000)}`, quantity: 1 + random.below(5), unitPriceCents: random.below(20_000) },
    ],
    note: '',
  };
  const short = JSON_BYTES - Buffer.byteLength(JSON.stringify(event));
  event.note = 'leave with the neighbour if nobody opens; ring twice; '.repeat(8).slice(0, Math.max(0, short));
  return Buffer.from(JSON.stringify(event));
}

/** xorshift32: good enough to be incompressible, and the same on every machine. */
export class Numbers {
  #state: number;
  readonly #pool: Buffer;

  constructor(seed: number) {
    this.#state = seed | 1;
    this.#pool = Buffer.alloc(4 << 20);
    for (let at = 0; at < this.#pool.length; at += 4) this.#pool.writeUInt32LE(this.next(), at);
  }

  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** A slice of a pool: the caller does not change it. */
  bytes(count: number): Buffer {
    const at = this.below(this.#pool.length - count);
    return this.#pool.subarray(at, at + count);
  }

  hex(digits: number): string {
    return this.bytes(digits >> 1).toString('hex');
  }
}
