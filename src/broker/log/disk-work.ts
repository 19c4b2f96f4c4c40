/**
 * Disk work of one partition, in order, one piece at a time. The first failure is kept: from then on the partition is
 * offline, and everybody who waits for the disk is told. Nothing more is asked of the disk either: a system that could not
 * write a page back may forget it, and the next sync succeeds without it. Serves docs/spec/broker.md 2.6.
 */
import type { Log } from '../../base/log.js';

export class DiskWork {
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();
  /** Why the last write was refused; undefined: it was not. */
  refusal: string | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Why, in words; empty when nothing failed. */
  get failureText(): string {
    return this.#failure === undefined ? '' : String(this.#failure.error);
  }

  /** Queues `work`, which is not begun once the disk has failed. What comes of it is kept here; who needs to know waits with `done`. */
  queue(work: () => Promise<void>): void {
    this.#last = this.#last
      .then(() => (this.hasFailed ? undefined : work()))
      .catch((error: unknown) => this.fail(error));
  }

  /** In its turn, also where the disk has failed: asks nothing of it. */
  queueAnyway(work: () => void): void {
    this.#last = this.#last.then(work).catch((error: unknown) => this.fail(error));
  }

  /** Resolves when everything queued so far is done. Rejects with the first failure there ever was. */
  async done(): Promise<void> {
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  idle(): Promise<void> {
    return this.#last;
  }

  /** A write that failed changed nothing: the next one is tried. Said once, until one succeeds. */
  refuse(error: unknown): void {
    if (this.refusal === undefined)
      this.#log.error({ error: String(error) }, 'the disk takes no more; appends are refused');
    this.refusal = String(error);
  }

  accept(): void {
    if (this.refusal === undefined) return;
    this.refusal = undefined;
    this.#log.info({}, 'the disk takes appends again');
  }

  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#log.error({ error: String(error) }, 'the disk failed; the partition is offline until the next start');
  }
}
