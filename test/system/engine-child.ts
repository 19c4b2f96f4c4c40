/**
 * The engine alone as a process, without ownership or journal: what a journal would hold is in a file. One argument, JSON.
 * For kill runs that look at the byte path only; whoever starts it makes sure that only one runs.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Address } from '../../src/base/connection.js';
import { systemClock } from '../../src/base/node/clock.js';
import { processLog } from '../../src/base/node/log.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { systemRandom } from '../../src/base/node/random.js';
import type { SaslLogin } from '../../src/base/sasl.js';
import { openCluster } from '../../src/client/cluster.js';
import { nextMarkerIdentity } from '../../src/engine/copy/identity.js';
import { startEngine } from '../../src/engine/copy/mirror-engine.js';
import { noMemory } from '../../src/engine/copy/prove-partition.js';
import type { MarkerIdentity, PartitionFailure, PartitionMemory } from '../../src/model/assignment.js';
import { ownedLease, workingSettings } from '../harness/engine-link.js';
import { poisonGivenBack } from '../harness/poison.js';

export interface EngineChildOptions {
  readonly source: readonly Address[];
  readonly destination: readonly Address[];
  readonly sourceLogin?: SaslLogin | undefined;
  readonly destinationLogin?: SaslLogin | undefined;
  readonly topic: string;
  readonly partitions: number;
  readonly sourceTopicId: string;
  readonly destinationTopicId: string;
  readonly stateFile: string;
  readonly windowExpiryFloorMs?: number | undefined;
  readonly logLevel?: string;
}

interface State {
  marker: MarkerIdentity;
  readonly failed: PartitionFailure[];
  readonly memory: PartitionMemory[];
}

poisonGivenBack();
const options = JSON.parse(process.argv[2] ?? '') as EngineChildOptions;
const log = processLog({ level: options.logLevel ?? 'info', fd: 2 });
const surroundings = { clock: systemClock, random: systemRandom, network: systemNetwork, log };
const state = readState();

const open = (name: string, bootstrap: readonly Address[], sasl: SaslLogin | undefined) =>
  openCluster({ ...surroundings, name, bootstrap, security: { sasl }, clientId: 'klink' });

const engine = startEngine({
  source: open('source', options.source, options.sourceLogin),
  destination: open('destination', options.destination, options.destinationLogin),
  surroundings,
  lease: ownedLease,
  marker: {
    journalled: () => state.marker,
    nextEpoch: async () => {
      state.marker = nextMarkerIdentity(state.marker);
      writeState();
      return state.marker;
    },
  },
  workingSettings,
  ...(options.windowExpiryFloorMs === undefined
    ? {}
    : { switches: { windowExpiryFloorMs: options.windowExpiryFloorMs } }),
  onEvent(event) {
    if (event.kind === 'memory') state.memory[event.partition] = event.memory;
    else if (event.kind === 'partition-failed') state.failed.push(event.failure);
    else log.info({ event: event.kind }, 'engine event');
    if (event.kind === 'partition-failed') log.error({ ...event.failure }, 'partition failed');
    if (event.kind === 'memory' || event.kind === 'partition-failed') writeState();
  },
});
engine.assign([
  {
    linkId: 'link-1',
    linkName: 'test',
    mirrorTopic: options.topic,
    destinationTopicId: options.destinationTopicId,
    sourceTopic: options.topic,
    sourceTopicId: options.sourceTopicId,
    lineage: { number: 1, random: '00112233445566778899aabbccddeeff', startOffsets: [] },
    mode: 'copy',
    failed: state.failed,
    memory: Array.from({ length: options.partitions }, (_, partition) => state.memory[partition] ?? noMemory),
  },
]);
process.once('SIGTERM', () => {
  void engine.stop().then(() => process.exit(0));
});

function readState(): State {
  try {
    return JSON.parse(readFileSync(options.stateFile, 'utf8'), (_, value: unknown) =>
      typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
    ) as State;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { marker: { number: 1, epoch: 0 }, failed: [], memory: [] };
  }
}

function writeState(): void {
  const text = JSON.stringify(state, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  writeFileSync(`${options.stateFile}.new`, text);
  renameSync(`${options.stateFile}.new`, options.stateFile);
}
