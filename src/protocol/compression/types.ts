/** One way to pack bytes. `decompress` may throw anything; `codec.ts` makes a DecodeError of it. */
export interface Codec {
  compress(bytes: Buffer): Buffer;
  decompress(bytes: Buffer, sizeMax: number): Buffer;
}
