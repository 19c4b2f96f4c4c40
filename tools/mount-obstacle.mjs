/** Whether a file system can be mounted here: for the test of a disk that is really full. */
import { spawnSync } from 'node:child_process';

/** Why not, in one line; undefined when it can. */
export function mountObstacle() {
  if (process.getuid?.() === 0 || spawnSync('sudo', ['-n', 'true']).status === 0) return undefined;
  return 'to mount a small file system takes root, or sudo without a password';
}
