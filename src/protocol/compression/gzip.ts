/** Codec 1, by Node's own zlib. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Codec } from './types.js';

export const gzip: Codec = {
  compress: (bytes) => gzipSync(bytes),
  decompress: (bytes, sizeMax) => gunzipSync(bytes, { maxOutputLength: sizeMax }),
};
