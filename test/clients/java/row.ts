import { join } from 'node:path';
import { packageRoot } from '../../harness/package-root.js';
import type { ClientRow } from '../row.js';
import { jvmPort } from './jvm.js';

export type JavaVersion = '3.9.1' | '4.3.0';

export function javaRow(version: JavaVersion): ClientRow {
  return {
    name: 'kafka-clients (Java)',
    version,
    runtime: 'Java 17',
    command: async () => ({
      program: process.execPath,
      args: [join(packageRoot, 'dist', 'test', 'clients', 'java', 'relay.js'), String(await jvmPort(version))],
    }),
    steps: {
      produce: {
        compressions: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
        idempotent: 'works',
        repeatedHeaders: 'works',
      },
      consume: 'works',
      groups: { classic: 'works', consumer: 'works' },
      transactions: 'works',
      transform: 'works',
      admin: { not: {} },
      logins: { PLAIN: 'works', 'SCRAM-SHA-256': 'works', 'SCRAM-SHA-512': 'works' },
      restart: 'works',
    },
  };
}
