import { ALL_STEPS, type ClientRow } from '../row.js';
import { jvmPort } from './jvm.js';

export type JavaVersion = '3.9.1' | '4.3.0';

export function javaRow(version: JavaVersion): ClientRow {
  return {
    name: 'kafka-clients (Java)',
    version,
    runtime: 'Java 17',
    command: async () => ({ kind: 'served', port: await jvmPort(version) }),
    steps: ALL_STEPS,
  };
}
