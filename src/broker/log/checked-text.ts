/**
 * A checksum as the last field of a small file of JSON: who reads it can tell what was written from what a disk has made of it.
 * Files of before it had one have none, and are believed. Serves docs/spec/broker.md 2.12.
 */
import { crc32cByTable } from '../../protocol/crc32c.js';
import { Damage } from './damage.js';

/** CRC-32C of all that stands in front of the field. */
const FIELD = /,\s*"crc32c":\s*(\d+)\s*\}\s*$/;

/** `text`: an object that is not empty. */
export function withChecksum(text: string): Buffer {
  const end = text.lastIndexOf('}');
  const body = text.slice(0, end).trimEnd();
  return Buffer.from(`${body},"crc32c":${checksumOf(body)}}${text.slice(end + 1)}`);
}

export function isIntact(bytes: Buffer): boolean {
  const text = bytes.toString();
  const found = FIELD.exec(text);
  return found === null || Number(found[1]) === checksumOf(text.slice(0, found.index));
}

/** Throws, with the path and what to do, where it is no JSON, or nothing that klink wrote: that has a format. */
export function parsedOf<T>(bytes: Buffer, path: string): T & { readonly format: number } {
  const read = jsonOf(bytes) as { readonly format?: unknown } | null | undefined;
  if (typeof read !== 'object' || read === null || !Number.isInteger(read.format)) {
    throw new Damage(`${path} is damaged, or not klink's: bring it back from a copy, or choose another directory`);
  }
  return read as T & { readonly format: number };
}

/** Undefined where it is none. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

export function refuseDamaged(bytes: Buffer, path: string): void {
  if (isIntact(bytes)) return;
  throw new Damage(`${path} is damaged: its checksum is another. Who has edited it takes the field crc32c out.`);
}

/** Small, and due at each start, which needs no native module for it. */
function checksumOf(text: string): number {
  return crc32cByTable(Buffer.from(text));
}
