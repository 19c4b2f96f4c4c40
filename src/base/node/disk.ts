import * as fs from 'node:fs';
import type { Disk, DiskFile } from '../disk.js';
import { makeDirectory } from './make-directory.js';

/** The system's files. Reads and writes go through the page cache; `sync` is fdatasync. */
export const systemDisk: Disk = {
  open: (path) => openFile(path),
  exists: (path) => fs.existsSync(path),
  list: (directory) => (fs.existsSync(directory) ? fs.readdirSync(directory).sort() : []),
  makeDirectory,
  rename: (from, to) => fs.renameSync(from, to),
  removeFile: (path) => fs.rmSync(path, { force: true }),
  removeDirectory: (path) => fs.rmSync(path, { recursive: true, force: true }),
  readFile: (path) => fs.readFileSync(path),
  syncDirectory: (path) =>
    new Promise((resolve, reject) => {
      const handle = fs.openSync(path, 'r');
      fs.fsync(handle, (error) => {
        fs.closeSync(handle);
        if (error) reject(error);
        else resolve();
      });
    }),
};

/** Records, and the keys of users. */
const OWNER_ONLY = 0o600;

function openFile(path: string): DiskFile {
  const handle = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, OWNER_ONLY);
  return {
    size: () => fs.fstatSync(handle).size,
    read(position, length, room) {
      const buffer = room ?? Buffer.allocUnsafeSlow(length);
      let done = 0;
      while (done < length) {
        const count = fs.readSync(handle, buffer, done, length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done === buffer.length ? buffer : buffer.subarray(0, done);
    },
    write(position, chunks) {
      let at = position;
      for (const chunk of chunks) {
        let done = 0;
        while (done < chunk.byteLength) {
          done += fs.writeSync(handle, chunk, done, chunk.byteLength - done, at + done);
        }
        at += chunk.byteLength;
      }
    },
    truncate: (size) => fs.ftruncateSync(handle, size),
    sync: () => new Promise((resolve, reject) => fs.fdatasync(handle, (error) => (error ? reject(error) : resolve()))),
    close: () => fs.closeSync(handle),
  };
}
