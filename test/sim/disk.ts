/**
 * A disk in memory that knows what was synced. After `losePower` each file holds what was synced, plus some prefix of
 * the later writes of chance, the last of them possibly torn. Renames and removals are durable at once.
 */
import type { Disk, DiskFile } from '../../src/base/disk.js';
import { type Random, randomInt } from '../../src/base/random.js';

type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly size: number };

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

class Stored {
  readonly seen = new Content();
  readonly durable = new Content();
  pending: Change[] = [];

  change(change: Change): void {
    this.seen.apply(change);
    this.pending.push(change);
  }

  sync(): void {
    for (const change of this.pending) this.durable.apply(change);
    this.pending = [];
  }

  /** What the file is after the power came back. */
  afterPowerLoss(random: Random): Stored {
    const kept = randomInt(random, this.pending.length + 1);
    const next = this.pending[kept];
    const survivors = this.pending.slice(0, kept);
    if (next?.kind === 'write' && random.next() < 0.5) {
      survivors.push({ ...next, bytes: next.bytes.subarray(0, randomInt(random, next.bytes.length + 1)) });
    }
    for (const change of survivors) this.durable.apply(change);
    const again = new Stored();
    again.change({ kind: 'write', at: 0, bytes: this.durable.read(0, this.durable.size) });
    again.sync();
    return again;
  }
}

export class SimDisk {
  readonly #files = new Map<string, Stored>();
  readonly #directories = new Set<string>();

  losePower(random: Random): void {
    for (const [path, file] of this.#files) this.#files.set(path, file.afterPowerLoss(random));
  }

  /** The disk as one incarnation of its host sees it; a dead one can change nothing any more. */
  of(alive: () => boolean): Disk {
    const living = () => {
      if (!alive()) throw Object.assign(new Error('the process is dead'), { code: 'EIO' });
    };
    return {
      open: (path) => {
        living();
        let file = this.#files.get(path);
        if (!file) {
          file = new Stored();
          this.#files.set(path, file);
        }
        return handle(file, living);
      },
      exists: (path) => this.#files.has(path) || this.#directories.has(path),
      list: (directory) => {
        const names = new Set<string>();
        for (const path of [...this.#files.keys(), ...this.#directories]) {
          if (path.startsWith(`${directory}/`)) names.add(path.slice(directory.length + 1).split('/')[0] ?? '');
        }
        return [...names].sort();
      },
      makeDirectory: (path) => void this.#directories.add(path),
      rename: (from, to) => {
        living();
        const file = this.#files.get(from);
        if (file) {
          this.#files.delete(from);
          this.#files.set(to, file);
        }
        for (const path of [...this.#files.keys()]) {
          const moved = this.#files.get(path);
          if (!path.startsWith(`${from}/`) || !moved) continue;
          this.#files.delete(path);
          this.#files.set(`${to}${path.slice(from.length)}`, moved);
        }
        if (this.#directories.delete(from)) this.#directories.add(to);
      },
      removeFile: (path) => void this.#files.delete(path),
      removeDirectory: (path) => {
        for (const each of [...this.#files.keys()]) if (each.startsWith(`${path}/`)) this.#files.delete(each);
        for (const each of [...this.#directories]) {
          if (each === path || each.startsWith(`${path}/`)) this.#directories.delete(each);
        }
      },
      readFile: (path) => {
        const file = this.#files.get(path);
        if (!file) throw Object.assign(new Error(`no file ${path}`), { code: 'ENOENT' });
        return file.seen.read(0, file.seen.size);
      },
      syncDirectory: async () => undefined,
    };
  }
}

function handle(file: Stored, living: () => void): DiskFile {
  let open = true;
  const usable = () => {
    living();
    if (!open) throw Object.assign(new Error('EBADF: the file is closed'), { code: 'EBADF' });
  };
  return {
    size: () => file.seen.size,
    read: (position, length) => {
      if (!open) throw Object.assign(new Error('EBADF: the file is closed'), { code: 'EBADF' });
      return file.seen.read(position, length);
    },
    write: (position, chunks) => {
      usable();
      file.change({ kind: 'write', at: position, bytes: Buffer.concat(chunks) });
    },
    truncate: (size) => {
      usable();
      file.change({ kind: 'truncate', size });
    },
    sync: async () => {
      usable();
      file.sync();
    },
    close: () => {
      open = false;
    },
  };
}
