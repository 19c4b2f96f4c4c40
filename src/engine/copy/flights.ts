/**
 * Batches of one partition that are under way to the destination: whether another may go now (3.2), with which base and
 * sequence (3.1), and what each answer must say. Answers come in the order of sending. Spec: docs/spec/engine.md 3.1, 3.2.
 */
import { rewriteBatch } from './rewrite.js';
import { addToSequence } from './sequence.js';
import type { DataSlice } from './slices.js';
import { maySend, type WindowRules } from './window.js';

export interface Flight {
  readonly slice: DataSlice;
  readonly base: bigint;
  /** Of the record behind it. */
  readonly nextSequence: number;
  readonly maxTimestamp: bigint;
  readonly bytes: number;
}

export class Flights {
  readonly #producerId: bigint;
  readonly #flights: Flight[] = [];
  #bytes = 0;
  /** Log end and next sequence once everything under way is appended. */
  #end = -1n;
  #sequence = 0;
  /** maxTimestamp of the batch acknowledged last on this connection and leader epoch (3.2). */
  #acknowledged: bigint | undefined;

  constructor(producerId: bigint) {
    this.#producerId = producerId;
  }

  get count(): number {
    return this.#flights.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Where the next batch must begin. */
  get end(): bigint {
    return this.#end;
  }

  /** A settled log, another connection or another leader epoch: the window begins anew. */
  begin(end: bigint, sequence: number): void {
    this.#end = end;
    this.#sequence = sequence;
    this.#acknowledged = undefined;
  }

  /** Markers have moved the end; the sequence counts data only. */
  moveTo(end: bigint): void {
    this.#end = end;
  }

  maySend(rules: WindowRules | undefined, brokerNowMs: number): boolean {
    const inFlight = this.#flights.map((flight) => flight.maxTimestamp);
    return maySend({ acknowledged: this.#acknowledged, inFlight }, rules, brokerNowMs);
  }

  /** The bytes to send. The slice begins at `end`. */
  send(slice: DataSlice): Buffer {
    const { batch } = slice;
    const nextSequence = addToSequence(this.#sequence, Number(slice.to - slice.from));
    rewriteBatch(batch, this.#producerId, this.#sequence);
    const { size: bytes, maxTimestamp } = batch;
    this.#flights.push({ slice, base: slice.from, nextSequence, maxTimestamp, bytes });
    this.#bytes += bytes;
    this.#end = slice.to;
    this.#sequence = nextSequence;
    return batch.bytes;
  }

  /** The oldest is answered, or never will be. */
  land(): Flight | undefined {
    const flight = this.#flights.shift();
    if (flight) this.#bytes -= flight.bytes;
    return flight;
  }

  acknowledged(flight: Flight): void {
    this.#acknowledged = flight.maxTimestamp;
  }
}
