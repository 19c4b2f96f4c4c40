/**
 * What the destination lost of one partition (2.4): told and counted once, however often it is found before the log is known
 * again, and groups lowered to the new end. Spec: docs/spec/engine.md 2.4.
 */
import type { Truncation } from '../../model/assignment.js';

export interface LossTools {
  tell(range: Truncation): void;
  /** [7.2] Groups above `end` come down to it. Rejects where nobody can say that they did. */
  lower(end: bigint): Promise<void>;
}

interface Loss {
  readonly range: Truncation;
  loweredTo: bigint | undefined;
}

export class Losses {
  readonly #tools: LossTools;
  #count = 0;
  #known: Loss | undefined;

  constructor(tools: LossTools) {
    this.#tools = tools;
  }

  /** Losses told so far. */
  get count(): number {
    return this.#count;
  }

  told(range: Truncation): Loss {
    const known = this.#known;
    if (known && known.range.from === range.from && known.range.to === range.to) return known;
    this.#count++;
    this.#tools.tell(range);
    this.#known = { range, loweredTo: undefined };
    return this.#known;
  }

  /** Groups first: none may stand above the mirror's end when the next record comes, however long that takes. */
  async lowered(range: Truncation, end: bigint): Promise<void> {
    const loss = this.told(range);
    if (loss.loweredTo === end) return;
    await this.#tools.lower(end);
    loss.loweredTo = end;
  }

  /** The log is known again: what is found next is another loss. */
  mended(): void {
    this.#known = undefined;
  }
}
