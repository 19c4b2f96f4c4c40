/**
 * How far a log is on the disk, and how far readers are told of it: with `flush.messages` nothing that a power loss could
 * still take back, and put something else in its place. Serves docs/spec/broker.md §2.2.
 */
import type { LogFiles, Unsynced } from './log-files.js';

export interface DurableEndOptions {
  readonly files: LogFiles;
  readonly logStart: bigint;
  readonly logEnd: () => bigint;
  /** Asked at each use: so many records behind the last sync are not to be acknowledged. */
  readonly flushMessages: () => bigint;
  /** Synced before anything else. */
  readonly unsynced: readonly Unsynced[];
  /** There is more to read. */
  readonly moved: () => void;
}

export class DurableEnd {
  readonly #of: DurableEndOptions;
  /** Everything below survives a power loss. */
  #durable: bigint;
  /** Never goes back. */
  #told: bigint;
  #flushing: Promise<void> | undefined;

  constructor(of: DurableEndOptions) {
    this.#of = of;
    this.#durable = of.logStart;
    // Of what is appended meanwhile nobody knows whether a sync came before or behind it.
    const end = of.logEnd();
    // The broker serves nobody before that is durable, where it must be.
    this.#told = end;
    of.files.settle(of.unsynced, () => {
      if (end > this.#durable) this.#durable = end;
    });
  }

  /** Readers are told of what lies below. */
  get highWatermark(): bigint {
    return this.#told;
  }

  get mustFlush(): boolean {
    return this.#of.logEnd() - this.#durable >= this.#of.flushMessages();
  }

  get hasUnflushed(): boolean {
    return this.#of.logEnd() > this.#durable;
  }

  /** Readers are told of it at once, or behind the sync that it needs, which begins here: nobody need wait for that. */
  appended(): void {
    if (!this.mustFlush) this.tell(this.#of.logEnd());
    // What comes of it is kept by the files, and told to whoever waits for it.
    else this.flushed().catch(() => undefined);
  }

  tell(end: bigint): void {
    if (end <= this.#told) return;
    this.#told = end;
    this.#of.moved();
  }

  /** Resolves when everything appended so far survives a power loss. Rejects when the disk failed. */
  flushed(): Promise<void> {
    // One sync for all who come before it begins.
    this.#flushing ??= this.#flush();
    return this.#flushing;
  }

  #flush(): Promise<void> {
    let end = this.#of.logEnd();
    return this.#of.files.sync(
      () => {
        this.#flushing = undefined;
        end = this.#of.logEnd();
      },
      () => {
        this.#durable = end;
        this.tell(end);
        this.appended();
      },
    );
  }
}
