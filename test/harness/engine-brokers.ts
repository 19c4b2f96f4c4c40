/** The two clusters of the engine's suites. */
import type { Address } from '../../src/base/connection.js';

export interface EngineClusters {
  readonly addresses: { readonly source: Address; readonly destination: Address };
  stop(): Promise<void>;
}

export async function engineClusters(): Promise<EngineClusters> {
  return {
    addresses: {
      source: { host: '127.0.0.1', port: Number(process.env.SRC ?? 19110) },
      destination: { host: '127.0.0.1', port: Number(process.env.DST ?? 19120) },
    },
    stop: async () => {},
  };
}

let names = 0;

/** A name no other test of this or another run uses. */
export function topicName(what: string): string {
  return `${what}-${process.pid}-${Date.now().toString(36)}-${names++}`;
}
