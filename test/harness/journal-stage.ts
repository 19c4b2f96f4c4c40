/**
 * One broker of the kind that KLINK_BROKERS names, klinks on it that each hold a journal and group offsets, and what a test
 * needs to interfere: raw connections, a network that loses single requests, a broker that is killed.
 */

import type { Address, Network } from '../../src/base/connection.js';
import { silentLog } from '../../src/base/log.js';
import { systemClock } from '../../src/base/node/clock.js';
import { processLog } from '../../src/base/node/log.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { systemRandom } from '../../src/base/node/random.js';
import type { SaslLogin } from '../../src/base/sasl.js';
import { deleteTopic } from '../../src/client/admin/topics.js';
import { openCluster } from '../../src/client/cluster.js';
import { type KafkaCluster, KafkaError } from '../../src/client/types.js';
import type { GroupsPort } from '../../src/control/ports/groups.js';
import type { JournalPort, OpenOutcome } from '../../src/control/ports/journal.js';
import { createGroups, groupsProducer } from '../../src/engine/groups/groups.js';
import { createJournal } from '../../src/engine/journal/journal.js';
import { JOURNAL_TOPICS } from '../../src/engine/journal/journal-topics.js';
import { addOffsetsToTxn } from '../../src/protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../../src/protocol/api/add-partitions-to-txn.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { useEmbedded } from './embedded.js';
import { type BrokerKind, brokerKind } from './engine-brokers.js';
import { useKafka } from './kafka.js';
import { until } from './until.js';
import { Wire } from './wire.js';

interface Scope {
  after(end: () => Promise<void>): void;
}

export interface Klink {
  readonly journal: JournalPort;
  readonly groups: GroupsPort;
  readonly cluster: KafkaCluster;
  close(): Promise<void>;
}

export interface KlinkOptions {
  readonly network?: Network;
  readonly hangingMs?: number;
  readonly stuckMs?: number;
  readonly sasl?: SaslLogin;
}

export interface Stage {
  readonly kind: BrokerKind;
  /** Without login, as a super user. */
  readonly address: Address;
  readonly saslAddress: Address;
  readonly cluster: KafkaCluster;
  kill9(): Promise<void>;
  start(): Promise<void>;
  wire(): Promise<Wire>;
  klink(options?: KlinkOptions): Klink;
  /** Deletes the journal. */
  forget(): Promise<void>;
}

export async function useStage(scope: Scope, config: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const broker = await startBroker(scope, config);
  const address = { host: '127.0.0.1', port: broker.port };
  const saslAddress = { host: '127.0.0.1', port: broker.saslPort };
  const open = (network: Network, sasl?: SaslLogin): KafkaCluster => {
    const cluster = openCluster({
      clock: systemClock,
      random: systemRandom,
      network,
      log: stageLog,
      name: 'dr',
      bootstrap: [sasl ? saslAddress : address],
      security: { sasl },
      clientId: 'klink',
    });
    scope.after(() => cluster.close());
    return cluster;
  };
  const cluster = open(systemNetwork);
  return {
    kind: broker.kind,
    address,
    saslAddress,
    cluster,
    kill9: broker.kill9,
    start: broker.start,
    async wire() {
      const wire = await Wire.open(address);
      scope.after(async () => wire.close());
      return wire;
    },
    klink({ network = systemNetwork, sasl, ...patience } = {}) {
      const around = { cluster: open(network, sasl), clock: systemClock, random: systemRandom, log: stageLog };
      const producer = groupsProducer(around);
      const journal = createJournal({ ...around, groups: producer, ...patience });
      const groups = createGroups({ ...around, producer });
      const close = async () => {
        await Promise.all([journal.close(), groups.close()]);
        await around.cluster.close();
      };
      scope.after(close);
      return { journal, groups, cluster: around.cluster, close };
    },
    async forget() {
      for (const name of JOURNAL_TOPICS) {
        await deleteTopic(cluster, name).catch((error: unknown) => {
          if (!(error instanceof KafkaError && error.code === 3)) throw error;
        });
      }
      await until('the journal is gone', 20_000, async () => {
        const { topics } = await cluster.metadata(JOURNAL_TOPICS);
        return topics.every((topic) => topic.errorCode === 3);
      });
    },
  };
}

const stageLog = process.env.KLINK_LOG ? processLog({ level: process.env.KLINK_LOG, fd: 2 }) : silentLog;

async function startBroker(scope: Scope, config: Readonly<Record<string, string>>) {
  const kind = brokerKind();
  if (kind === 'embedded') {
    const broker = await useEmbedded(scope, { config });
    const { port } = broker;
    return { kind, port, saslPort: port, kill9: () => broker.kill9(), start: () => broker.restart() };
  }
  const kafka = await useKafka(scope, { version: kind, config });
  const [node] = kafka.brokers;
  if (node === undefined) throw new Error('a cluster without brokers');
  const { plaintextPort: port, saslPort } = node;
  return { kind, port, saslPort, kill9: () => node.kill9(), start: () => node.start() };
}

type Opened = Extract<OpenOutcome, { readonly kind: 'opened' }>;

/** Opens, again and again as control does. Rejects when that is refused, or goes on for too long. */
export async function opened(journal: JournalPort): Promise<Opened> {
  for (let attempt = 0; ; attempt++) {
    const outcome = await journal.open();
    if (outcome.kind === 'opened') return outcome;
    if (outcome.kind === 'refused' || attempt === 10) throw new Error(`not opened: ${outcome.reason}`);
  }
}

/** What another klink reads. */
export async function valuesNow(stage: Stage): Promise<Record<string, string | null>> {
  const klink = stage.klink();
  const { entries } = await opened(klink.journal);
  await klink.close();
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

/** A klink that has decided `first = 1`. */
export async function withJournal(stage: Stage, options: KlinkOptions = {}): Promise<Klink> {
  const klink = stage.klink(options);
  await opened(klink.journal);
  const outcome = await klink.journal.commit([{ key: 'first', value: '1' }], ['made']);
  if (outcome.kind !== 'committed') throw new Error(`not decided: ${outcome.kind} ${outcome.reason}`);
  return klink;
}

/** A transactional producer that follows no rule, in raw requests. */
export class RawTransactions {
  readonly #wire: Wire;
  readonly transactionalId: string;
  producerId = -1n;
  epoch = -1;

  constructor(wire: Wire, transactionalId: string) {
    this.#wire = wire;
    this.transactionalId = transactionalId;
  }

  get writer() {
    return { producerId: this.producerId, epoch: this.epoch };
  }

  async init(transactionTimeoutMs = 60_000): Promise<this> {
    const { transactionalId } = this;
    await this.#wire.ask(findCoordinator, { key: transactionalId, keyType: 1, coordinatorKeys: [transactionalId] });
    await until(`${transactionalId} has a producer id`, 20_000, async () => {
      const request = { transactionalId, transactionTimeoutMs, producerId: -1n, producerEpoch: -1 };
      const answer = await this.#wire.ask(initProducerId, request, 4);
      this.producerId = answer.producerId;
      this.epoch = answer.producerEpoch;
      return answer.errorCode === 0;
    });
    return this;
  }

  async add(topic: string, partition = 0): Promise<void> {
    await until(`${topic} is in the transaction`, 20_000, async () => {
      const answer = await this.#wire.ask(
        addPartitionsToTxn,
        {
          v3AndBelowTransactionalId: this.transactionalId,
          v3AndBelowProducerId: this.producerId,
          v3AndBelowProducerEpoch: this.epoch,
          v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
        },
        3,
      );
      return answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode === 0;
    });
  }

  /** The code. */
  async addOffsets(groupId: string): Promise<number> {
    const { transactionalId, producerId, epoch: producerEpoch } = this;
    return (await this.#wire.ask(addOffsetsToTxn, { transactionalId, producerId, producerEpoch, groupId }, 3))
      .errorCode;
  }

  /** The code. */
  async end(committed: boolean): Promise<number> {
    const { transactionalId, producerId, epoch: producerEpoch } = this;
    return (await this.#wire.ask(endTxn, { transactionalId, producerId, producerEpoch, committed }, 3)).errorCode;
  }
}
