/**
 * Whether what was assigned may still be acted on: only if the journal was read since the last stall, lost connection or
 * takeover. Calls that come together share one reading. Spec: docs/spec/engine.md 3.6.
 */
export class Permission {
  readonly #confirm: () => Promise<void>;
  /** Doubts so far, and how many of them a reading that began later has answered. */
  #doubts = 0;
  #answered = 0;
  #running: Promise<void> | undefined;

  constructor(confirm: () => Promise<void>) {
    this.#confirm = confirm;
  }

  /** A stall, or a lost connection: whatever was read before may be old. */
  doubt(): void {
    this.#doubts++;
  }

  /** Rejects when the journal could not be read; the caller tries again. */
  async confirmed(): Promise<void> {
    while (this.#answered < this.#doubts) {
      const doubts = this.#doubts;
      this.#running ??= this.#confirm()
        .then(() => {
          this.#answered = doubts;
        })
        .finally(() => {
          this.#running = undefined;
        });
      await this.#running;
    }
  }
}
