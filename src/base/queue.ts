/**
 * A queue between one producer and one consumer, bounded by weight (bytes). `push` never blocks: the producer asks
 * `room()` first and waits on `whenRoom()`; one item may overshoot the bound, so a single large item always fits.
 */
export class BoundedQueue<T> {
  readonly #items: { item: T; weight: number }[] = [];
  readonly #weightMax: number;
  #weight = 0;
  #closed: { error: unknown } | undefined;
  #wakeTaker: (() => void) | undefined;
  #wakeGiver: (() => void) | undefined;

  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get weight(): number {
    return this.#weight;
  }

  get length(): number {
    return this.#items.length;
  }

  hasRoom(): boolean {
    return this.#weight < this.#weightMax;
  }

  push(item: T, weight: number): void {
    if (this.#closed) return;
    this.#items.push({ item, weight });
    this.#weight += weight;
    this.#wake('taker');
  }

  /** The oldest item, or undefined when the queue is empty right now. */
  poll(): T | undefined {
    const entry = this.#items.shift();
    if (!entry) return undefined;
    this.#weight -= entry.weight;
    if (this.hasRoom()) this.#wake('giver');
    return entry.item;
  }

  peek(): T | undefined {
    return this.#items[0]?.item;
  }

  /** Resolves when an item is there; rejects with the closing error once the queue is closed and empty. */
  async whenItem(): Promise<void> {
    while (this.#items.length === 0) {
      if (this.#closed) throw this.#closed.error;
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
  }

  async whenRoom(): Promise<void> {
    while (!this.hasRoom()) {
      if (this.#closed) throw this.#closed.error;
      await new Promise<void>((resolve) => {
        this.#wakeGiver = resolve;
      });
    }
  }

  /** Wakes both sides; what is still queued can be polled. */
  close(error: unknown): void {
    this.#closed ??= { error };
    this.#wake('taker');
    this.#wake('giver');
  }

  #wake(side: 'taker' | 'giver'): void {
    const wake = side === 'taker' ? this.#wakeTaker : this.#wakeGiver;
    if (side === 'taker') this.#wakeTaker = undefined;
    else this.#wakeGiver = undefined;
    wake?.();
  }
}
