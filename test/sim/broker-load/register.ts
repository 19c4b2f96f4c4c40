/**
 * One value that many clients write, and what a reader may find of it. Writes that overlap take effect in any order; one that
 * was acknowledged hides every write that was over before it began. Knows nothing of the broker.
 */
import assert from 'node:assert/strict';

/** What a reader finds where nothing is. */
export const NOTHING = -1;

export interface Write {
  readonly value: number;
  readonly began: number;
  /** When it had taken its place among the others; until then it may take any behind `began`. */
  over: number;
  /** `open`: it counts only if its transaction commits, which nobody has asked for. */
  counts: 'open' | 'perhaps' | 'yes' | 'no';
}

export class Register {
  readonly name: string;
  #ticks = 0;
  #writes: Write[] = [];

  constructor(name: string) {
    this.name = name;
    this.#writes.push({ value: NOTHING, began: 0, over: 0, counts: 'yes' });
  }

  begin(value: number, counts: 'open' | 'perhaps' = 'perhaps'): Write {
    const write: Write = { value, began: ++this.#ticks, over: Number.POSITIVE_INFINITY, counts };
    this.#writes.push(write);
    return write;
  }

  /** It stands where it stands; whether it counts is said by its transaction. */
  placed(write: Write): void {
    write.over = ++this.#ticks;
  }

  acknowledge(write: Write): void {
    this.placed(write);
    write.counts = 'yes';
  }

  refuse(write: Write): void {
    write.counts = 'no';
  }

  /** The broker has ended: what was under way has happened or never will. */
  settle(): void {
    for (const write of this.#writes) if (write.over === Number.POSITIVE_INFINITY) this.placed(write);
  }

  /** Throws when `value` cannot be; afterwards it is what counts. */
  observe(value: number): void {
    const certain = this.#writes.filter(({ counts }) => counts === 'yes');
    const allowed = this.#writes.filter(
      (each) => (each.counts === 'yes' || each.counts === 'perhaps') && !certain.some(({ began }) => began > each.over),
    );
    const values = allowed.map((each) => each.value);
    assert.ok(values.includes(value), `${this.name} is ${value}, which is none of ${values}`);
    this.forget(value);
  }

  /** What is there is what counts from now on. */
  forget(value: number): void {
    this.#writes = [{ value, began: this.#ticks, over: this.#ticks, counts: 'yes' }];
  }
}
