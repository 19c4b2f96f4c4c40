/**
 * What control asks the source cluster, as link principal: is it there, what is this topic, where are these groups.
 * Changes nothing there. Tells apart who refuses us and who does not answer. Spec: docs/spec/control.md, rules 1.3, 7.
 */
import { refusal } from '../../client/admin/ask.js';
import { type ConfigEntry, topicConfig } from '../../client/admin/configs.js';
import { committedOffsets } from '../../client/admin/group-offsets.js';
import { listGroups } from '../../client/admin/groups.js';
import { placeKey } from '../../client/admin/leaders.js';
import { listOffsets } from '../../client/admin/offsets.js';
import { type KafkaCluster, NotSent, otherCluster, type TopicMetadata } from '../../client/types.js';
import type { TopicSettings } from '../../model/mirror.js';
import { rightsIn } from '../../protocol/acl-codes.js';
import { errorCode } from '../../protocol/errors.js';
import { type AclsRefused, type AclsShown, aclTrouble, readAcls } from '../acls/acls.js';
import { isUnauthorized, type Unavailable } from '../outcome.js';
import { OWN_SETTING } from '../topics/settings.js';
import type { SourceAddress } from './address.js';
import { needing, RightMissing, type SourceRefused, sourceFailure, unusable } from './failure.js';
import { demandGroups } from './hidden-groups.js';
import { lackingRights, type SourceNeeds } from './rights.js';
import type { SourceClusters } from './source-clusters.js';
import { readSourceJournal, type SourceJournal } from './source-journal.js';

interface Patience {
  readonly timeoutMs: number;
}
/** Where the link says nothing. */
const ANSWER_WITHIN_MS = 15_000;

/**
 * What a topic inherits counts where it changes what records are: whether they are stamped by the broker, and whether they
 * are thinned out.
 */
const CHANGES_THE_MEANING: readonly string[] = ['cleanup.policy', 'message.timestamp.type'];

export interface SourceTopic {
  readonly kind: 'found';
  readonly topicId: string;
  /** In partition order. `end`: last stable offset. */
  readonly partitions: readonly { readonly logStart: bigint; readonly end: bigint }[];
  readonly settings: TopicSettings;
}

export interface SourceGroup {
  readonly group: string;
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: bigint }[];
}

export interface SourceChecked {
  readonly kind: 'done';
  readonly clusterId: string;
  /** How klink connects, where that is not what the link says. */
  readonly notes: readonly string[];
}

export interface Source {
  check(address: SourceAddress): Promise<SourceChecked | SourceRefused | Unavailable>;
  topics(address: SourceAddress): Promise<
    | {
        readonly kind: 'done';
        readonly topics: readonly { readonly name: string; readonly isInternal: boolean }[];
      }
    | SourceRefused
    | Unavailable
  >;
  journal(address: SourceAddress): Promise<SourceJournal | SourceRefused | Unavailable>;
  describe(
    address: SourceAddress,
    topic: string,
  ): Promise<SourceTopic | { readonly kind: 'absent' } | SourceRefused | Unavailable>;
  /** What the link's principal lacks for this, a sentence each. */
  lacks(
    address: SourceAddress,
    needs: SourceNeeds,
  ): Promise<{ readonly kind: 'done'; readonly missing: readonly string[] } | SourceRefused | Unavailable>;
  acls(address: SourceAddress): Promise<AclsShown | AclsRefused | Unavailable>;
  groupOffsets(
    address: SourceAddress,
    selects: (group: string) => boolean,
    topics: readonly string[],
  ): Promise<{ readonly kind: 'done'; readonly groups: readonly SourceGroup[] } | SourceRefused | Unavailable>;
}

/** Also one that is not the link's: everything but this question fails there as with a source that does not answer. */
async function whoAnswers(cluster: KafkaCluster, patience: Patience): Promise<string> {
  try {
    return (await cluster.metadata([], patience)).clusterId;
  } catch (error) {
    const other = otherCluster(error);
    if (other === undefined) throw error;
    return other;
  }
}

export function createSourcePort(clusters: SourceClusters): Source {
  /** Borrows the cluster for one question, and puts failures into control's words. */
  const ask = async <T>(
    address: SourceAddress,
    question: (
      cluster: KafkaCluster,
      patience: Patience,
      notes: () => readonly string[],
      principal: string,
    ) => Promise<T>,
  ): Promise<T | SourceRefused | Unavailable> => {
    const borrowed = clusters.borrow(address);
    if (!borrowed.ok) return unusable(borrowed.error);
    try {
      const timeoutMs = address.timeouts?.requestMs ?? ANSWER_WITHIN_MS;
      const { cluster, notes, principal } = borrowed.value;
      return await question(cluster, { timeoutMs }, notes, principal);
    } catch (error) {
      return sourceFailure(error);
    } finally {
      borrowed.value.giveBack();
    }
  };
  return {
    check: (address) =>
      ask(address, async (cluster, patience, notes) => {
        const clusterId = await whoAnswers(cluster, patience);
        return { kind: 'done', clusterId, notes: notes() };
      }),
    topics: (address) =>
      ask(address, async (cluster, patience) => {
        const { topics } = await cluster.metadata('all', patience);
        const visible = topics.filter(({ errorCode: code }) => code === 0);
        return { kind: 'done', topics: visible.map(({ name, isInternal }) => ({ name, isInternal })) };
      }),
    journal: (address) => ask(address, (cluster, { timeoutMs }) => readSourceJournal(cluster, timeoutMs)),
    describe: (address, topic) => ask(address, (cluster, patience) => describeTopic(cluster, topic, patience)),
    lacks: (address, needs) =>
      ask(address, async (cluster, patience, _, principal) => {
        return { kind: 'done', missing: await lackingRights(cluster, needs, principal, patience) };
      }),
    async acls(address) {
      const borrowed = clusters.borrow(address);
      if (!borrowed.ok) return { ...unusable(borrowed.error), error: 'AUTHENTICATION_ERROR' };
      try {
        return await readAcls(borrowed.value.cluster);
      } catch (error) {
        return aclTrouble(error, 'source');
      } finally {
        borrowed.value.giveBack();
      }
    },
    groupOffsets: (address, selects, topics) =>
      ask(address, async (cluster, patience) => ({
        kind: 'done',
        groups: await readGroups(cluster, selects, new Set(topics), patience),
      })),
  };
}

async function describeTopic(
  cluster: KafkaCluster,
  name: string,
  patience: Patience,
): Promise<SourceTopic | { readonly kind: 'absent' }> {
  const topic = await lookUp(cluster, name, patience);
  if (topic === undefined) return { kind: 'absent' };
  const places = topic.partitions.map(({ partition }) => ({ topic: name, partition }));
  const [starts, ends, settings] = await Promise.all([
    listOffsets(cluster, places, { kind: 'earliest' }, patience),
    listOffsets(cluster, places, { kind: 'committed' }, patience),
    needing(`DESCRIBE_CONFIGS on TOPIC ${name}`, topicConfig(cluster, name, patience)),
  ]);
  // [1.3] All of these ask by name: the answers count only if the name still stands for the same topic.
  const after = await lookUp(cluster, name, patience);
  if (after?.topicId !== topic.topicId) throw new NotSent(`topic "${name}" is being made again`);
  const partitions = places.map((place) => {
    const found = [starts.get(placeKey(place)), ends.get(placeKey(place))].map((answer) => {
      if (answer?.ok) return answer.value.offset;
      throw answer?.error ?? new NotSent(`partition ${place.partition} of "${name}" was not described`);
    });
    const [logStart = 0n, end = 0n] = found;
    return { logStart, end };
  });
  return { kind: 'found', topicId: topic.topicId, partitions, settings: ownSettings(settings) };
}

/** In partition order; undefined: it does not exist. */
async function lookUp(cluster: KafkaCluster, name: string, patience: Patience): Promise<TopicMetadata | undefined> {
  const { topics } = await cluster.metadata([name], { ...patience, authorizedOperations: true });
  const topic = topics[0];
  if (topic === undefined || topic.errorCode === errorCode.UNKNOWN_TOPIC_OR_PARTITION) return undefined;
  // READ, which copying needs, implies DESCRIBE.
  if (isUnauthorized(topic.errorCode)) throw new RightMissing(`READ on TOPIC ${name}`, topic.errorCode);
  if (topic.errorCode !== 0) throw refusal(topic.errorCode, `describing topic "${name}" at ${cluster.name}`);
  // Nothing asked here needs it, but the copying will, and would fail much later.
  const mayRead = rightsIn(topic.authorizedOperations)?.has('READ') ?? true;
  if (!mayRead) throw new RightMissing(`READ on TOPIC ${name}`, errorCode.TOPIC_AUTHORIZATION_FAILED);
  return { ...topic, partitions: [...topic.partitions].sort((a, b) => a.partition - b.partition) };
}

function ownSettings(entries: readonly ConfigEntry[]): TopicSettings {
  const settings: Record<string, string> = {};
  for (const { name, value, source, isDefault } of entries) {
    const counts = source === OWN_SETTING || (CHANGES_THE_MEANING.includes(name) && !isDefault);
    if (value !== null && counts) settings[name] = value;
  }
  return settings;
}

/** Groups of the classic protocol and of KIP-848's alike; those without an offset for these topics are left out. */
async function readGroups(
  cluster: KafkaCluster,
  selects: (group: string) => boolean,
  topics: ReadonlySet<string>,
  patience: Patience,
): Promise<readonly SourceGroup[]> {
  const listed = await listGroups(cluster, patience);
  if (listed.length === 0) await demandGroups(cluster, patience.timeoutMs);
  const names = listed
    .filter(({ group, type }) => COMMITTING.has(type.toLowerCase()) && selects(group))
    .map(({ group }) => group)
    .sort();
  // What an open transaction is about to commit is not committed: nobody has to wait for it.
  const asked = committedOffsets(cluster, names, { ...patience, stable: false });
  const committed = await needing('DESCRIBE on GROUPs that it may see', asked);
  return names.flatMap((group) => {
    const offsets = (committed.get(group) ?? [])
      .filter(({ topic }) => topics.has(topic))
      .map(({ topic, partition, offset }) => ({ topic, partition, offset }))
      .sort((one, other) => one.topic.localeCompare(other.topic) || one.partition - other.partition);
    return offsets.length === 0 ? [] : [{ group, offsets }];
  });
}

/** Share groups keep no offsets of this kind. '' where the broker is too old to tell. */
const COMMITTING: ReadonlySet<string> = new Set(['', 'classic', 'consumer', 'streams']);
