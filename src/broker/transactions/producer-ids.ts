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

  /** Rejects with `DiskRefused`. */
  async take(): Promise<bigint> {
    if (this.#next >= this.#end) {
      const { meta } = this.#file;
      const before = this.#next;
      this.#end = before + BLOCK;
      meta.producerIdsBelow = this.#end;
      // A block that could not be made durable is not used; all who took of it are told, and the next one tries again.
      this.#durable = this.#file.save(() => {
        this.#next = before;
        this.#end = before;
        meta.producerIdsBelow = before;
      });
    }
    const id = BigInt(this.#next++);
    await this.#durable;
    return id;
  }
}
