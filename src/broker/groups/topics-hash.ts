/** One number for the topics that a group subscribes to: another one when one of them was made, deleted or grown. */
import { crc32c } from '../../protocol/crc32c.js';
import type { Topics } from '../topics/topics.js';

/** Zero: none of them is there. */
export function topicsHash(names: ReadonlySet<string>, topics: Pick<Topics, 'get'>): bigint {
  const told = [...names].sort().flatMap((name) => {
    const topic = topics.get(name);
    return topic === undefined ? [] : [`${name} ${topic.id} ${topic.partitions.length}`];
  });
  return told.length === 0 ? 0n : (1n << 32n) | BigInt(crc32c(Buffer.from(told.join('\n'))));
}
