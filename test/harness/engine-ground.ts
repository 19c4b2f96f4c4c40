/**
 * What a test of the byte path stands on: two clusters, a clock, and klinks beside them. Either real brokers in real time,
 * or simulated ones in a simulated world; the tests are the same text.
 */
import type { Clock } from '../../src/base/clock.js';
import type { Address, Network } from '../../src/base/connection.js';
import { silentLog } from '../../src/base/log.js';
import { systemClock } from '../../src/base/node/clock.js';
import { processLog } from '../../src/base/node/log.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { systemRandom } from '../../src/base/node/random.js';
import type { Surroundings } from '../../src/client/types.js';
import { until } from './until.js';

export interface Ground {
  readonly source: Address;
  readonly destination: Address;
  /** Further brokers that klink may begin with. */
  readonly more?: { readonly source?: readonly Address[]; readonly destination?: readonly Address[] };
  /** The test's own clock and network. */
  readonly clock: Clock;
  readonly network: Network;
  /** Surroundings of one klink process. */
  klink(host?: string): Surroundings;
  until(what: string, deadlineMs: number, condition: () => boolean | Promise<boolean>): Promise<void>;
  /** A name no other test of this or another run uses. */
  name(what: string): string;
}

export const engineLog = () =>
  process.env.KLINK_LOG ? processLog({ level: process.env.KLINK_LOG, fd: 2 }) : silentLog;

let names = 0;

export function realGround(addresses: Pick<Ground, 'source' | 'destination' | 'more'>): Ground {
  return {
    ...addresses,
    clock: systemClock,
    network: systemNetwork,
    klink: () => ({ clock: systemClock, random: systemRandom, network: systemNetwork, log: engineLog() }),
    until: (what, deadlineMs, condition) => until(what, deadlineMs, condition),
    name: (what) => `${what}-${process.pid}-${Date.now().toString(36)}-${names++}`,
  };
}
