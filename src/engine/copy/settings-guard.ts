/**
 * The working settings of mirror topics, read back: what differs is told and put right, and where it could have bent data
 * the partitions end where the settings were last known to be right. Spec: docs/spec/engine.md 3.4.
 */
import type { KafkaCluster } from '../../client/types.js';
import type { MirrorAssignment } from '../../model/assignment.js';
import { describeConfigs } from '../../protocol/api/describe-configs.js';
import type { LeaseView } from '../lease-view.js';
import type { SettingDrift } from './engine-types.js';
import { higher } from './offsets.js';
import type { PartitionMirror } from './partition-mirror.js';

const TOPIC = 2;
const ASK_TIMEOUT_MS = 15_000;
/** Settings that may have bent data while they were wrong (T5). */
const CRITICAL: ReadonlySet<string> = new Set(['message.timestamp.type', 'cleanup.policy']);

export interface GuardedTopic {
  readonly assignment: MirrorAssignment;
  readonly partitions: ReadonlyMap<number, PartitionMirror>;
}

export interface SettingsGuardOptions {
  readonly destination: KafkaCluster;
  readonly lease: LeaseView;
  readonly working: Readonly<Record<string, string>>;
  drifted(topic: GuardedTopic, drift: readonly SettingDrift[]): void;
  correct(mirrorTopic: string, drift: readonly SettingDrift[]): Promise<void>;
}

export class SettingsGuard {
  readonly #options: SettingsGuardOptions;
  /** End of each partition when the settings of its topic were last found right. */
  readonly #goodAt = new WeakMap<PartitionMirror, bigint>();

  constructor(options: SettingsGuardOptions) {
    this.#options = options;
  }

  /** Rejects when the destination does not answer. */
  async check(topic: GuardedTopic): Promise<void> {
    const { destination, working } = this.#options;
    const ends = [...topic.partitions.values()].map((mirror) => ({ mirror, end: mirror.end }));
    const drift = await readDrift(destination, topic.assignment.mirrorTopic, working);
    if (drift === undefined) return;
    if (drift.length > 0) await this.#drifted(topic, drift);
    else for (const { mirror, end } of ends) this.#goodAt.set(mirror, end);
  }

  async #drifted(topic: GuardedTopic, drift: readonly SettingDrift[]): Promise<void> {
    const { lease, drifted, correct } = this.#options;
    drifted(topic, drift);
    const names = drift.filter((each) => each.critical).map((each) => `${each.name} is ${each.found}`);
    if (names.length > 0) {
      const detail = `${names.join(', ')}: records from here on may have been changed`;
      for (const mirror of topic.partitions.values()) {
        mirror.failFromOutside({ reason: 'SETTINGS_CHANGED', offset: this.#lastGood(topic, mirror), detail });
      }
    }
    if (lease.holds()) await correct(topic.assignment.mirrorTopic, drift);
  }

  /** Before the first look of this process, the newest point that was ever proven is what is known to be good. */
  #lastGood({ assignment }: GuardedTopic, mirror: PartitionMirror): bigint {
    const { lineage, memory } = assignment;
    const start = lineage.startOffsets[mirror.partition] ?? 0n;
    const proven = memory[mirror.partition]?.provenPoints[0]?.offset ?? start;
    return higher(start, this.#goodAt.get(mirror) ?? proven);
  }
}

/** What differs from the working settings; undefined: could not be read. */
async function readDrift(
  destination: KafkaCluster,
  topic: string,
  working: Readonly<Record<string, string>>,
): Promise<readonly SettingDrift[] | undefined> {
  const names = Object.keys(working);
  if (names.length === 0) return [];
  const channel = await destination.channel('any', 'guard');
  const answer = await channel.send(
    describeConfigs,
    { resources: [{ resourceType: TOPIC, resourceName: topic, configurationKeys: names }] },
    { timeoutMs: ASK_TIMEOUT_MS },
  );
  const result = answer.results[0];
  if (result?.errorCode !== 0) return undefined;
  const drift: SettingDrift[] = [];
  for (const { name, value } of result.configs) {
    const wanted = working[name];
    if (wanted !== undefined && wanted !== value) {
      drift.push({ name, wanted, found: value, critical: CRITICAL.has(name) });
    }
  }
  return drift;
}
