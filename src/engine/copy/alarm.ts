/** Why a partition must stop copying: the first reason stays, except that a failure outweighs and a change of mode yields. */
import type { Surprise } from './surprise.js';
import { Wake } from './wake.js';

export class Alarm {
  /** Notified with every alarm; whoever works on the partition waits here. */
  readonly wake = new Wake();
  readonly #raised: () => void;
  #surprise: Surprise | undefined;

  constructor(raised: () => void) {
    this.#raised = raised;
  }

  get surprise(): Surprise | undefined {
    return this.#surprise;
  }

  /** Something happened to the log, or may have: what is answered now says nothing any more. */
  get isLoud(): boolean {
    return this.#surprise !== undefined && this.#surprise.kind !== 'mode';
  }

  raise(surprise: Surprise): void {
    if (!this.isLoud || surprise.kind === 'failed') this.#surprise = surprise;
    this.wake.notify();
    this.#raised();
  }

  unsettle(reason: string): void {
    if (!this.isLoud) this.raise({ kind: 'settle', reason });
  }

  /** Settling begins: what was raised before is answered by it. A failure is not. */
  clear(): void {
    if (this.#surprise?.kind !== 'failed') this.#surprise = undefined;
  }
}
