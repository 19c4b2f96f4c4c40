/** What `topic produce` and `topic consume` share of the published flags. */
import { Option } from 'commander';
import { RequestRefused } from '../../api/client/api-client.js';
import type { Io } from '../io.js';
import { noteOldAddress } from '../old-address.js';
import type { ManagedCluster } from '../session.js';

/** Loaded only by a command that gets as far as to speak Kafka: it takes longer to load than all the rest. */
export async function kafkaClient() {
  const [{ openReader, openWriter }, { accessTo, inFirstWay }] = await Promise.all([
    import('../kafka.js'),
    import('../key-in-use.js'),
  ]);
  return { accessTo, inFirstWay, openReader, openWriter };
}

/** The cluster as a Kafka client shall reach it. */
export function reachedBy(io: Io, cluster: ManagedCluster, bootstrap: string | undefined): ManagedCluster {
  if (bootstrap === undefined) return cluster;
  noteOldAddress(io, bootstrap);
  return { ...cluster, bootstrap: bootstrap.replaceAll(/\b[A-Z_]+:\/\//g, '') };
}

/** The login may know less than the key in use: then the brokers say what they allow. */
export async function unlessForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestRefused && error.status === 403) return undefined;
    throw error;
  }
}

/** Keys and values are text or bytes as they stand; formats of a schema registry are refused by name. */
export function textOnly(flag: string): Option {
  return new Option(`${flag} <format>`).choices(['string']).hideHelp();
}
