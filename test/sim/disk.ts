/**
 * A disk in memory that forgets what was not synced, as a real one does. A file's unsynced writes survive a power loss
 * sector by sector, in any order, or up to a torn one; names made, renamed or removed since their directory was synced
 * survive or not, each for itself. It can also fail, or stop its host, at any call (`onCall`).
 */
import type { Disk, DiskFile } from '../../src/base/disk.js';
import { type Random, randomInt } from '../../src/base/random.js';

/** What is about to change the disk. `bytes`: how many a write has. */
export interface DiskCall {
  readonly kind: 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'makeDirectory' | 'syncDirectory';
  readonly path: string;
  readonly bytes: number;
}

/**
 * Thrown by `onCall`: the call fails with it. `written`: what of a write got through. `forgets`: as Linux does, what a sync
 * could not write back counts as written from then on; it is read as before, and is not on the disk.
 */
export interface DiskFault extends Error {
  readonly code: string;
  readonly written?: number;
  readonly forgets?: boolean;
}

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

const SECTOR_BYTES = 512;

class Content {
  #bytes = Buffer.alloc(256);
  size = 0;

  read(at: number, length: number): Buffer {
    return Buffer.from(this.#bytes.subarray(Math.min(at, this.size), Math.min(this.size, at + length)));
  }

  apply(change: Change): void {
    const end = change.kind === 'write' ? change.at + change.bytes.length : change.size;
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    if (change.kind === 'write') {
      change.bytes.copy(this.#bytes, change.at);
      this.size = Math.max(this.size, end);
    } else {
      if (end < this.size) this.#bytes.fill(0, end, this.size);
      this.size = end;
    }
  }
}

class FileNode {
  readonly kind = 'file';
  readonly seen = new Content();
  readonly durable = new Content();
  pending: Change[] = [];
  #synced = 0;

  change(change: Change): void {
    this.seen.apply(change);
    this.pending.push(change);
  }

  /** Syncs what was changed before `mark` was asked for. */
  sync(mark = this.mark): void {
    const due = Math.max(0, mark - this.#synced);
    this.#synced += due;
    for (const change of this.pending.splice(0, due)) this.durable.apply(change);
  }

  /** A sync failed: the next one has nothing to do. */
  forget(): void {
    this.#synced = this.mark;
    this.pending = [];
  }

  get mark(): number {
    return this.#synced + this.pending.length;
  }

  afterPowerLoss(random: Random): FileNode {
    const survivors = random.next() < 0.5 ? prefixOf(this.pending, random) : sectorsOf(this.pending, random);
    for (const change of survivors) this.durable.apply(change);
    // The length is kept apart from the data: it may have grown over sectors that never came.
    if (this.pending.length > 0 && this.seen.size > this.durable.size && random.next() < 0.2) {
      this.durable.apply({ kind: 'truncate', size: this.seen.size });
    }
    const again = new FileNode();
    again.change({ kind: 'write', at: 0, bytes: this.durable.read(0, this.durable.size) });
    again.sync();
    return again;
  }
}

/** All up to some change, and perhaps a part of the next one. */
function prefixOf(changes: readonly Change[], random: Random): Change[] {
  const kept = randomInt(random, changes.length + 1);
  const next = changes[kept];
  const survivors = changes.slice(0, kept);
  if (next?.kind === 'write' && random.next() < 0.5) {
    survivors.push({ ...next, bytes: next.bytes.subarray(0, randomInt(random, next.bytes.length + 1)) });
  }
  return survivors;
}

/** Each sector of each write, and each truncation, for itself. */
function sectorsOf(changes: readonly Change[], random: Random): Change[] {
  const share = random.next();
  const survivors: Change[] = [];
  for (const change of changes) {
    if (change.kind === 'truncate') {
      if (random.next() < share) survivors.push(change);
      continue;
    }
    const end = change.at + change.bytes.length;
    for (let from = change.at; from < end; ) {
      const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      const bytes = change.bytes.subarray(from - change.at, to - change.at);
      if (random.next() < share) survivors.push({ kind: 'write', at: from, bytes });
      from = to;
    }
  }
  return survivors;
}

type Node = FileNode | DirectoryNode;

/** What one call did to the names of a directory; undefined: the name is gone. A rename is one change of two names. */
type NameChange = readonly { readonly name: string; readonly node: Node | undefined }[];

class DirectoryNode {
  readonly kind = 'directory';
  readonly seen = new Map<string, Node>();
  readonly durable = new Map<string, Node>();
  pending: NameChange[] = [];
  #synced = 0;

  change(change: NameChange): void {
    applyNames(this.seen, change);
    this.pending.push(change);
  }

  sync(mark = this.mark): void {
    const due = Math.max(0, mark - this.#synced);
    this.#synced += due;
    for (const change of this.pending.splice(0, due)) applyNames(this.durable, change);
  }

  get mark(): number {
    return this.#synced + this.pending.length;
  }

  afterPowerLoss(random: Random): DirectoryNode {
    const journaled = random.next() < 0.5;
    const kept = randomInt(random, this.pending.length + 1);
    for (const [at, change] of this.pending.entries()) {
      if (journaled ? at < kept : random.next() < 0.5) applyNames(this.durable, change);
    }
    const again = new DirectoryNode();
    for (const [name, node] of this.durable) again.change([{ name, node: node.afterPowerLoss(random) }]);
    again.sync();
    return again;
  }
}

function applyNames(names: Map<string, Node>, change: NameChange): void {
  for (const { name, node } of change) {
    if (node) names.set(name, node);
    else names.delete(name);
  }
}

export class SimDisk {
  #root = new DirectoryNode();
  /** Called before each call that changes or syncs something. What it throws is how the call fails. */
  onCall: ((call: DiskCall) => void) | undefined;
  /** Called before each reading of a file that is open. What it throws is how that fails. */
  onRead: ((path: string, position: number) => void) | undefined;
  /** Files that are open now, also those that a killed host has left so. */
  handles = 0;
  /** How long a sync takes, in its host's time; default: none. */
  syncTakesMs: (() => number) | undefined;

  losePower(random: Random): void {
    this.#root = this.#root.afterPowerLoss(random);
  }

  /** Whole files by path, as seen: for tests that damage one. */
  fileNames(): string[] {
    return [...filesBelow(this.#root, '')];
  }

  /** The disk as one incarnation of its host sees it; a dead one can change nothing any more. */
  of(alive: () => boolean, wait: (ms: number) => Promise<void> = () => Promise.resolve()): Disk {
    const living = () => {
      if (!alive()) throw Object.assign(new Error('the process is dead'), { code: 'EIO' });
    };
    const call = (kind: DiskCall['kind'], path: string, bytes = 0) => {
      living();
      this.onCall?.({ kind, path, bytes });
      living();
    };
    const syncing = async () => {
      const ms = this.syncTakesMs?.() ?? 0;
      if (ms > 0) await wait(ms);
      living();
    };
    const parentOf = (path: string) => this.#directory(path.slice(0, path.lastIndexOf('/')));
    return {
      open: (path) => {
        living();
        const parent = parentOf(path);
        const name = nameOf(path);
        let file = parent.seen.get(name);
        if (file === undefined) {
          call('create', path);
          file = new FileNode();
          parent.change([{ name, node: file }]);
        }
        if (file.kind === 'directory') throw failure('EISDIR', path);
        this.handles++;
        const closed = () => void this.handles--;
        return handle(file, path, { living, call, syncing, closed, reading: (at) => this.onRead?.(path, at) });
      },
      exists: (path) => this.#find(path) !== undefined,
      list: (directory) => {
        const node = this.#find(directory);
        return node?.kind === 'directory' ? [...node.seen.keys()].sort() : [];
      },
      makeDirectory: (path) => {
        let at = this.#root;
        let below = '';
        for (const name of path.split('/').slice(1)) {
          below += `/${name}`;
          let next = at.seen.get(name);
          if (next === undefined) {
            call('makeDirectory', below);
            next = new DirectoryNode();
            at.change([{ name, node: next }]);
          }
          if (next.kind === 'file') throw failure('ENOTDIR', below);
          at = next;
        }
      },
      rename: (from, to) => {
        call('rename', to);
        const source = parentOf(from);
        const node = source.seen.get(nameOf(from));
        if (node === undefined) throw failure('ENOENT', from);
        const target = parentOf(to);
        if (source === target) {
          source.change([
            { name: nameOf(from), node: undefined },
            { name: nameOf(to), node },
          ]);
          return;
        }
        target.change([{ name: nameOf(to), node }]);
        source.change([{ name: nameOf(from), node: undefined }]);
      },
      removeFile: (path) => {
        living();
        if (this.#find(path) === undefined) return;
        call('remove', path);
        parentOf(path).change([{ name: nameOf(path), node: undefined }]);
      },
      removeDirectory: (path) => {
        living();
        const node = this.#find(path);
        if (node === undefined) return;
        const empty = (directory: DirectoryNode, at: string) => {
          for (const [name, each] of [...directory.seen]) {
            if (each.kind === 'directory') empty(each, `${at}/${name}`);
            call('remove', `${at}/${name}`);
            directory.change([{ name, node: undefined }]);
          }
        };
        if (node.kind === 'directory') empty(node, path);
        call('remove', path);
        parentOf(path).change([{ name: nameOf(path), node: undefined }]);
      },
      readFile: (path) => {
        const node = this.#find(path);
        if (node?.kind !== 'file') throw failure('ENOENT', path);
        return node.seen.read(0, node.seen.size);
      },
      syncDirectory: async (path) => {
        const node = this.#directory(path);
        call('syncDirectory', path);
        const { mark } = node;
        await syncing();
        node.sync(mark);
      },
    };
  }

  #find(path: string): Node | undefined {
    let at: Node = this.#root;
    for (const name of path.split('/').slice(1)) {
      const next: Node | undefined = at.kind === 'directory' ? at.seen.get(name) : undefined;
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  #directory(path: string): DirectoryNode {
    const node = path === '' || path === '/' ? this.#root : this.#find(path);
    if (node?.kind !== 'directory') throw failure('ENOENT', path);
    return node;
  }
}

function* filesBelow(directory: DirectoryNode, path: string): Generator<string> {
  for (const [name, node] of directory.seen) {
    if (node.kind === 'file') yield `${path}/${name}`;
    else yield* filesBelow(node, `${path}/${name}`);
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

interface Calls {
  readonly living: () => void;
  readonly call: (kind: DiskCall['kind'], path: string, bytes?: number) => void;
  readonly syncing: () => Promise<void>;
  readonly reading: (position: number) => void;
  readonly closed: () => void;
}

function handle(file: FileNode, path: string, { living, call, syncing, reading, closed }: Calls): DiskFile {
  let open = true;
  const usable = () => {
    living();
    if (!open) throw failure('EBADF', path);
  };
  return {
    size: () => file.seen.size,
    read: (position, length, room) => {
      if (!open) throw failure('EBADF', path);
      reading(position);
      const bytes = file.seen.read(position, length);
      return room === undefined ? bytes : room.subarray(0, bytes.copy(room));
    },
    write: (position, chunks) => {
      usable();
      const bytes = Buffer.concat(chunks);
      try {
        call('write', path, bytes.length);
      } catch (error) {
        const written = (error as Partial<DiskFault>).written ?? 0;
        if (written > 0) file.change({ kind: 'write', at: position, bytes: bytes.subarray(0, written) });
        throw error;
      }
      file.change({ kind: 'write', at: position, bytes });
    },
    truncate: (size) => {
      usable();
      call('truncate', path);
      if (size !== file.seen.size) file.change({ kind: 'truncate', size });
    },
    sync: async () => {
      usable();
      try {
        call('sync', path);
      } catch (error) {
        if ((error as Partial<DiskFault>).forgets) file.forget();
        throw error;
      }
      const { mark } = file;
      await syncing();
      file.sync(mark);
    },
    close: () => {
      if (open) closed();
      open = false;
    },
  };
}
