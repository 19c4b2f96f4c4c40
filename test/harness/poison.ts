/** Memory that was given back is overwritten at once: whoever still looks at it sees it always, and not only now and then. */
import { MemoryPool } from '../../src/base/memory-pool.js';
import { FrameAssembler } from '../../src/protocol/frames.js';

const POISON = 0xa5;

/** From here on, in this thread. `times`: how often. */
export function poisonGivenBack(): { readonly times: number } {
  const { prototype } = FrameAssembler;
  const takeBack = prototype.takeBack;
  const poisoned = { times: 0 };
  prototype.takeBack = function (this: FrameAssembler, memory: ArrayBufferLike): void {
    new Uint8Array(memory).fill(POISON);
    poisoned.times++;
    takeBack.call(this, memory);
  };
  return poisoned;
}

/** The same for pools: of what they would keep, since what is not theirs may be anybody's. */
export function poisonPools(): { readonly times: number } {
  const { prototype } = MemoryPool;
  const giveBack = prototype.giveBack;
  const poisoned = { times: 0 };
  prototype.giveBack = function (this: MemoryPool, memory: ArrayBufferLike): void {
    const before = this.spareBytes;
    giveBack.call(this, memory);
    if (this.spareBytes <= before) return;
    new Uint8Array(memory).fill(POISON);
    poisoned.times++;
  };
  return poisoned;
}
