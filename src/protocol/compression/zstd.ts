/**
 * Codec 4: Node's own zstd where it has one (22.15 on), a WebAssembly module on older Nodes. The module is driven by
 * its low-level functions, because its comfortable ones can be started only asynchronously and trust the size that a
 * frame claims.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as zlib from 'node:zlib';
import { DecodeError } from '../reader.js';
import type { Codec } from './types.js';

const LEVEL = 3;
const FIRST_GUESS_BYTES = 256 * 1024;
/** zstd's error numbers are negative: −70 is "the output does not fit". */
const OUTPUT_TOO_SMALL = -70;

export const zstd: Codec = {
  compress: (bytes) => implementation().compress(bytes),
  decompress: (bytes, sizeMax) => implementation().decompress(bytes, sizeMax),
};

let chosen: Codec | undefined;

function implementation(): Codec {
  chosen ??= builtIn() ?? wasmZstd();
  return chosen;
}

function builtIn(): Codec | undefined {
  const { zstdCompressSync, zstdDecompressSync } = zlib as unknown as {
    zstdCompressSync?: (bytes: Buffer) => Buffer;
    zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
  };
  if (!zstdCompressSync || !zstdDecompressSync) return undefined;
  return {
    compress: (bytes) => zstdCompressSync(bytes),
    decompress: (bytes, sizeMax) => zstdDecompressSync(bytes, { maxOutputLength: sizeMax }),
  };
}

/** The part of the Emscripten module that is used here; addresses and sizes are numbers in its memory. */
interface ZstdModule {
  instantiateWasm: (imports: unknown, receive: (instance: unknown) => unknown) => unknown;
  init(path: null): void;
  HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(address: number): void;
  _ZSTD_compressBound(size: number): number;
  _ZSTD_compress(to: number, room: number, from: number, size: number, level: number): number;
  _ZSTD_decompress(to: number, room: number, from: number, size: number): number;
  _ZSTD_isError(result: number): number;
}

/** Without the DOM's types TypeScript does not know that Node has this global. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => unknown;
    Instance: new (module: unknown, imports: unknown) => unknown;
  };
};

let started: ZstdModule | undefined;

/** Exported for the tests, which run it on every Node. */
export function wasmZstd(): Codec {
  started ??= startModule();
  const module = started;

  /** Runs `use` with the input and `room` bytes of output in the module's memory; gives a copy of the result. */
  const run = (bytes: Buffer, room: number, use: (to: number, from: number) => number): Buffer | number => {
    const from = module._malloc(Math.max(1, bytes.length));
    const to = module._malloc(Math.max(1, room));
    try {
      if (from === 0 || to === 0) throw new DecodeError(`zstd has no memory for ${room} bytes`);
      module.HEAPU8.set(bytes, from);
      const result = use(to, from);
      if (module._ZSTD_isError(result)) return result;
      return Buffer.from(module.HEAPU8.subarray(to, to + result));
    } finally {
      module._free(from);
      module._free(to);
    }
  };

  return {
    compress(bytes) {
      const room = module._ZSTD_compressBound(bytes.length);
      const result = run(bytes, room, (to, from) => module._ZSTD_compress(to, room, from, bytes.length, LEVEL));
      if (typeof result === 'number') throw new Error(`zstd compression failed with ${result}`);
      return result;
    },
    decompress(bytes, sizeMax) {
      // The frames of Java producers do not tell their size, and a told size is only a claim: try, and double.
      for (let room = Math.min(sizeMax, Math.max(FIRST_GUESS_BYTES, bytes.length * 4)); ; room *= 2) {
        const size = Math.min(room, sizeMax);
        const result = run(bytes, size, (to, from) => module._ZSTD_decompress(to, size, from, bytes.length));
        if (typeof result !== 'number') return result;
        if (result !== OUTPUT_TOO_SMALL) throw new DecodeError(`zstd data is damaged (${result})`);
        if (size === sizeMax) throw new DecodeError(`zstd data is larger than ${sizeMax} bytes`);
      }
    },
  };
}

function startModule(): ZstdModule {
  const require = createRequire(import.meta.url);
  // Its package offers only the asynchronous start; the file beside the entry point has the module itself.
  const folder = dirname(require.resolve('@bokuweb/zstd-wasm'));
  const { Module } = require(join(folder, 'module.js')) as { Module: ZstdModule };
  Module.instantiateWasm = (imports, receive) => {
    const compiled = new WebAssembly.Module(readFileSync(join(folder, 'zstd.wasm')));
    return receive(new WebAssembly.Instance(compiled, imports));
  };
  Module.init(null);
  return Module;
}
