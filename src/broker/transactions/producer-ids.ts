/** Gives out producer ids in blocks, each durable before its first id is used: none is ever given out twice. */
import type { MetaFile } from '../topics/meta-file.js';

const BLOCK = 1000;

export class ProducerIds {
  readonly #file: MetaFile;
  #next: number;
  #end: number;
  #durable: Promise<void> = Promise.resolve();

  constructor(file: MetaFile) {
    this.#file = file;
    this.#next = file.meta.producerIdsBelow;
    this.#end = this.#next;
  }

  /** Rejects with the disk's error. */
  async take(): Promise<bigint> {
    if (this.#next >= this.#end) {
      this.#end = this.#next + BLOCK;
      this.#file.meta.producerIdsBelow = this.#end;
      // A block that could not be made durable is not used; the next one who asks tries another.
      this.#durable = this.#file.save().catch((error: unknown) => {
        this.#next = this.#end;
        throw error;
      });
    }
    const id = BigInt(this.#next++);
    await this.#durable;
    return id;
  }
}
