/**
 * Files as an argument: a synchronous port, because the broker's core is a synchronous function of state, request
 * and time. Only durability is awaited. The real disk is `base/node/disk.ts`; the simulated one can lose what was
 * not synced. Every method throws the system's error (`code` ENOSPC, EROFS, ENOENT …) when it fails.
 */
export interface Disk {
  /** Opens for reading and writing and creates the file when it is missing. */
  open(path: string): DiskFile;
  exists(path: string): boolean;
  /** Names (not paths) inside a directory, sorted; empty when the directory does not exist. */
  list(directory: string): string[];
  makeDirectory(path: string): void;
  /** Atomic within one file system. */
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  readFile(path: string): Buffer;
  /** Makes creations, renames and removals inside the directory durable. */
  syncDirectory(path: string): Promise<void>;
}

export interface DiskFile {
  size(): number;
  /**
   * Up to `length` bytes from `position`: fewer only at the end of the file. The buffer belongs to the caller. `room`: memory of
   * the caller's for them, of `length` bytes at least, which may be used or not.
   */
  read(position: number, length: number, room?: Buffer): Buffer;
  /** Writes all chunks from `position` on, or throws; after a throw the tail may hold a part of them. Keeps none of them. */
  write(position: number, chunks: readonly Uint8Array[]): void;
  truncate(size: number): void;
  /** Resolves when everything written before the call survives a power loss. */
  sync(): Promise<void>;
  close(): void;
}
