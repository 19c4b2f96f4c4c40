import { randomBytes } from 'node:crypto';
import type { Random } from '../random.js';

export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
