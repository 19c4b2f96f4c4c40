/** The part of a run that counts: from the first answer behind the warm-up to the last one. */
import { cpuSeconds } from '../process-cost.js';
import type { Job, Outcome } from './job.js';

interface Mark {
  readonly bytes: number;
  readonly atMs: number;
  readonly broker: number;
  readonly generator: number;
}

export class Window {
  readonly #job: Job;
  readonly #done: (outcome: Outcome) => void;
  #bytes = 0;
  #begin: Mark | undefined;

  constructor(job: Job, done: (outcome: Outcome) => void) {
    this.#job = job;
    this.#done = done;
  }

  /** So many bytes were acknowledged, or came. */
  count(bytes: number): void {
    const { warmUpBytes, measuredBytes } = this.#job;
    this.#bytes += bytes;
    if (this.#begin === undefined && this.#bytes >= warmUpBytes) this.#begin = this.#mark();
    else if (this.#begin && this.#bytes >= warmUpBytes + measuredBytes) {
      const end = this.#mark();
      this.#done({
        bytes: end.bytes - this.#begin.bytes,
        seconds: (end.atMs - this.#begin.atMs) / 1000,
        brokerCpuSeconds: end.broker - this.#begin.broker,
        generatorCpuSeconds: end.generator - this.#begin.generator,
      });
    }
  }

  #mark(): Mark {
    return {
      bytes: this.#bytes,
      atMs: performance.now(),
      broker: cpuSeconds(this.#job.brokerPid),
      generator: cpuSeconds(process.pid),
    };
  }
}
