/**
 * All ports of control for one simulated klink, over clusters that outlive it. Every call takes time in both directions
 * and passes one gate, where a test can kill the klink before or after the effect, or have it answered as a bad network
 * would. What must only be done under the lease is checked there.
 */
import { type Clock, sleep } from '../../src/base/clock.js';
import { type Log, silentLog } from '../../src/base/log.js';
import { randomInt } from '../../src/base/random.js';
import { ok, type Result } from '../../src/base/result.js';
import { readSealedText, type SecretPlace, writeSealedText } from '../../src/base/secret-text.js';
import type { AclsPort } from '../../src/control/ports/acls.js';
import type { CredentialsPort } from '../../src/control/ports/credentials.js';
import type { GroupOffset, GroupsPort } from '../../src/control/ports/groups.js';
import type { JournalPort } from '../../src/control/ports/journal.js';
import type { OwnershipPort, OwnershipState } from '../../src/control/ports/ownership.js';
import type { PromotionPort } from '../../src/control/ports/promotion.js';
import type { SecretsPort } from '../../src/control/ports/secrets.js';
import type { SourceAddress, SourcePort } from '../../src/control/ports/source.js';
import type { TopicsPort } from '../../src/control/ports/topics.js';
import type { ControlPorts, DestinationPort } from '../../src/control/ports.js';
import { type Acl, aclLine, readAclLine } from '../../src/model/acl.js';
import type { CredentialPlace } from '../../src/model/identity.js';
import type { FenceMode } from '../../src/model/link.js';
import type { ClampedGroup } from '../../src/model/mirror.js';
import type { Host } from '../sim/world.js';
import { endOf, type FakeDestination, type FakeSource } from './fake-control-cluster.js';
import { FakeEngine } from './fake-control-engine.js';

/** What happens to one call. `lost`: done, and the answer never comes. */
export type Fault = 'kill-before' | 'kill-after' | 'unavailable' | 'done-unavailable' | 'unknown' | 'done-unknown';

export interface Call {
  readonly name: string;
  /** Counts the calls of this klink from 1. */
  readonly number: number;
}

export interface FakeKlinkOptions {
  readonly source: FakeSource;
  readonly destination: FakeDestination;
  /** Asked once for each call. */
  readonly fault?: (call: Call) => Fault | undefined;
  /** Inside a barrier, between its reading and its writing. */
  readonly amidBarrier?: () => Promise<void>;
  /** How far all wall clocks have jumped: days pass without every timer of those days. */
  readonly aheadMs: () => number;
  /** `kill -9` of the host this klink runs on. */
  readonly kill: () => void;
  readonly log?: Log;
}

const never = new Promise<never>(() => undefined);
const nothing = { kind: 'done' } as const;
/** Half of a call's time, drawn up to this. */
const TRAVEL_MS = 20;

export class FakeOwnership implements OwnershipPort {
  state: OwnershipState = { kind: 'joining', reason: 'starting' };
  /** The lease, apart from the state. */
  proven = true;
  readonly #changed = new Set<(state: OwnershipState) => void>();
  readonly #woken = new Set<(stalledMs: number) => void>();

  holds(): boolean {
    return this.state.kind === 'owner' && this.proven;
  }

  set(state: OwnershipState): void {
    this.state = state;
    for (const listener of [...this.#changed]) listener(state);
  }

  wakeUp(stalledMs: number): void {
    for (const listener of [...this.#woken]) listener(stalledMs);
  }

  onChange(listener: (state: OwnershipState) => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  onWakeUp(listener: (stalledMs: number) => void): () => void {
    this.#woken.add(listener);
    return () => this.#woken.delete(listener);
  }
}

/** The keys of one klink: what it sealed, it opens, and no other klink does. */
export class FakeSecrets implements SecretsPort {
  /** By sealed text. */
  readonly sealed = new Map<string, { readonly place: SecretPlace; readonly secret: string }>();
  kept = false;

  seal(place: SecretPlace, secret: string): Result<string, string> {
    const payload = Buffer.from(`number ${this.sealed.size} of ${place.linkId}`);
    const text = writeSealedText({ keyId: '00000001', payload });
    this.sealed.set(text, { place, secret });
    return ok(text);
  }

  keep(): Result<void, string> {
    this.kept = true;
    return ok(undefined);
  }

  opens({ linkId, security: { login } }: SourceAddress): boolean {
    const text = login.kind === 'password' ? login.passwordReference : login.kind === 'jaas' ? login.reference : '';
    return readSealedText(text) === undefined || this.sealed.get(text)?.place.linkId === linkId;
  }
}

export class FakeKlink implements ControlPorts {
  readonly ownership = new FakeOwnership();
  readonly engine: FakeEngine;
  readonly journal: JournalPort;
  readonly destination: DestinationPort;
  readonly source: SourcePort;
  readonly secrets = new FakeSecrets();
  readonly credentials: CredentialsPort;
  readonly clock: Clock;
  readonly random;
  readonly log: Log;
  /** Names of the calls made, in order. */
  readonly calls: string[] = [];
  /** What the fence probe finds. */
  fenceMode: FenceMode = { mode: 1 };
  readonly #host: Host;
  readonly #options: FakeKlinkOptions;
  #groupsEpoch = 0;

  constructor(host: Host, options: FakeKlinkOptions) {
    this.#host = host;
    this.#options = options;
    const { clock } = host;
    const { aheadMs } = options;
    this.clock = {
      nowMs: () => clock.nowMs() + aheadMs(),
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (delayMs: number, fire: () => void) => clock.setTimer(delayMs, fire),
    };
    this.random = host.random;
    this.log = options.log ?? silentLog;
    this.engine = new FakeEngine(host, options.source, options.destination);
    this.journal = this.#journal();
    this.destination = {
      acls: this.#acls(),
      fence: this.#fence(),
      topics: this.#topics(),
      promotion: this.#promotion(),
      groups: this.#groups(),
    };
    this.source = this.#source();
    this.credentials = this.#credentials();
  }

  /** Every call: there, the work, back. */
  async #call<T>(name: string, work: () => T | Promise<T>): Promise<T | Fault> {
    const number = this.calls.push(name);
    const fault = this.#options.fault?.({ name, number });
    await this.#travel();
    if (fault === 'kill-before') {
      this.#options.kill();
      return never;
    }
    if (fault === 'unavailable' || fault === 'unknown') {
      await this.#travel();
      return fault;
    }
    const answer = await work();
    if (fault === 'kill-after') {
      this.#options.kill();
      return never;
    }
    await this.#travel();
    return fault ?? answer;
  }

  #travel(): Promise<void> {
    return sleep(this.#host.clock, 1 + randomInt(this.#host.random, TRAVEL_MS));
  }

  async #ask<T>(name: string, work: () => T | Promise<T>) {
    const answer = await this.#call(name, work);
    if (!isFault(answer)) return answer;
    return { kind: 'unavailable', reason: `${name}: no answer` } as const;
  }

  /** [4.1] Only under the lease, asked when it is sent. */
  async #effect<T>(name: string, work: () => T | Promise<T>) {
    if (!this.ownership.holds()) this.#options.destination.broken.push(`${name} without lease`);
    return this.#ask(name, work);
  }

  #journal(): JournalPort {
    const { destination } = this.#options;
    let epoch = 0;
    let fresh = false;
    const fenced = { kind: 'fenced', reason: 'another klink opened the journal' } as const;
    return {
      open: () =>
        this.#ask('journal.open', () => {
          epoch = ++destination.journalEpoch;
          this.#groupsEpoch = ++destination.groupsEpoch;
          fresh = !destination.decided;
          const entries = [...destination.decisions].map(([key, value]) => ({ key, value }));
          return { kind: 'opened', entries, observations: [...destination.observations], fresh } as const;
        }),
      commit: async (records, audit) => {
        const answer = await this.#call('journal.commit', () => {
          if (epoch !== destination.journalEpoch || (fresh && destination.decided)) return fenced;
          for (const { key, value } of records) destination.decisions.set(key, value);
          destination.audit.push(...audit);
          destination.decided = true;
          fresh = false;
          return { kind: 'committed' } as const;
        });
        if (!isFault(answer)) return answer;
        const reason = 'the coordinator did not answer';
        return answer === 'unavailable' ? { kind: 'unavailable', reason } : { kind: 'unknown', reason };
      },
      observe: (records) =>
        this.#ask('journal.observe', () => {
          destination.observations.push(...records);
          return nothing;
        }),
      confirm: () =>
        this.#ask('journal.confirm', () =>
          epoch === destination.journalEpoch ? ({ kind: 'current' } as const) : fenced,
        ),
      close: async () => undefined,
    };
  }

  #fence(): DestinationPort['fence'] {
    const { destination } = this.#options;
    return {
      probe: () => this.#effect('fence.probe', () => ({ kind: 'done', fence: this.fenceMode }) as const),
      raise: (topic, fence) =>
        this.#effect('fence.raise', () => {
          if (fence.mode === 3) return nothing;
          Object.assign(destination.fenceOf(topic), { mark: true, lines: true });
          if (fence.mode === 2) destination.fenceOf(topic).byPrincipal = true;
          return nothing;
        }),
      lift: (topic) =>
        this.#effect('fence.lift', async () => {
          destination.dropLines(topic, this.#isMirror(topic));
          // The mark goes last, by a request of its own.
          await this.#travel();
          destination.fenceOf(topic).mark = false;
          return nothing;
        }),
      giveBack: (fenced) =>
        this.#effect('fence.give-back', () => {
          for (const topic of [...destination.held]) {
            if (fenced.includes(topic)) continue;
            if (destination.isFenced(topic)) destination.broken.push(`${topic}: given back under its fence`);
            destination.held.delete(topic);
            destination.given.push(topic);
          }
          return nothing;
        }),
      passing: () => this.#ask('fence.passing', () => ({ kind: 'done', grants: [...destination.passing] }) as const),
      fenced: () =>
        this.#ask('fence.fenced', () => {
          const topics = [...destination.fences].filter(([, fence]) => fence.mark || fence.lines);
          return {
            kind: 'done',
            topics: topics.map(([topic, { mark, lines, byPrincipal }]) => {
              const pierced = [...destination.pierced];
              const whole = mark && lines;
              return byPrincipal
                ? { topic, marked: mark, complete: false, byPrincipal: { complete: whole, pierced } }
                : { topic, marked: mark, complete: whole, byPrincipal: undefined };
            }),
          } as const;
        }),
    };
  }

  #acls(): AclsPort {
    const { destination } = this.#options;
    const disabled = { kind: 'refused', error: 'SECURITY_DISABLED_ERROR', reason: 'no authorizer runs' } as const;
    return {
      read: () =>
        this.#ask('acls.read', () => {
          if (!destination.hasAuthorizer) return disabled;
          const [acls, ofFences] = [aclsIn(destination.acls), aclsIn(destination.aclsOfFences)];
          return { kind: 'done', acls, ofFences } as const;
        }),
      create: (acls) =>
        this.#effect('acls.create', () => {
          for (const line of acls.map(aclLine)) {
            // [9.2] Nobody answers for what is not journalled.
            const answered = [...destination.decisions].some(
              ([key, value]) => key.startsWith('acls/') && value?.includes(JSON.stringify(line)),
            );
            if (!answered && !destination.acls.has(line))
              destination.broken.push(`${line} created before it is journalled`);
            destination.acls.add(line);
          }
          return nothing;
        }),
      remove: (acls) =>
        this.#effect('acls.remove', () => {
          for (const line of acls.map(aclLine)) {
            if (destination.ownAcls.has(line)) destination.broken.push(`${line} was made here, and deleted`);
            destination.acls.delete(line);
          }
          return nothing;
        }),
    };
  }

  /** Does the journal name it as one that is mirrored or was? */
  #isMirror(topic: string): boolean {
    const { decisions } = this.#options.destination;
    return [...decisions].some(
      ([key, value]) => key.startsWith('mirror/') && key.endsWith(`/${topic}`) && value !== null,
    );
  }

  #topics(): TopicsPort {
    const { destination } = this.#options;
    return {
      clusterId: () => destination.clusterId,
      describe: (name) =>
        this.#ask('topics.describe', () => {
          const topic = destination.topics.get(name);
          if (topic === undefined) return { kind: 'absent' } as const;
          return { kind: 'found', topicId: topic.topicId, partitions: topic.partitions.length } as const;
        }),
      create: ({ name, partitions, settings }) =>
        this.#effect('topics.create', () => {
          const known = destination.topics.get(name);
          if (known) {
            const empty = known.partitions.every((partition) => partition.log.length === 0);
            return { kind: 'exists', topicId: known.topicId, partitions: known.partitions.length, empty } as const;
          }
          // [6.1] Nobody may write to it before the fence stands.
          if (this.fenceMode.mode !== 3 && !destination.isFenced(name)) {
            destination.broken.push(`${name}: made before its fence`);
          }
          return { kind: 'done', topicId: destination.makeTopic(name, partitions, settings).topicId } as const;
        }),
      grow: (name, topicId, partitions) =>
        this.#effect('topics.grow', () => {
          const topic = destination.topics.get(name);
          if (topic?.topicId !== topicId) return { kind: 'refused', reason: `topic ${name} is another one` } as const;
          const fresh = destination.makeTopic(`${name}.more`, Math.max(0, partitions - topic.partitions.length), {});
          destination.topics.delete(fresh.name);
          topic.partitions.push(...fresh.partitions);
          return nothing;
        }),
      agedOut: (name, _, { retention }) =>
        this.#ask('topics.aged', () => {
          const partitions = destination.topic(name).partitions.map(({ aged }, partition) => {
            return aged === undefined ? undefined : { partition, logStart: 0n, below: aged };
          });
          return { kind: 'done', retentionMs: BigInt(retention ?? 604_800_000), partitions } as const;
        }),
      ensureSettings: (name, topicId, settings) =>
        this.#effect('topics.settings', () => {
          const topic = destination.topics.get(name);
          if (topic?.topicId !== topicId) return { kind: 'refused', reason: `topic ${name} is another one` } as const;
          const forbidden = Object.entries(settings).find(([, value]) => value === 'forbidden');
          if (forbidden) return { kind: 'refused', reason: `a policy forbids ${forbidden[0]}` } as const;
          for (const [key, value] of Object.entries(settings)) {
            if (value === null) topic.settings.delete(key);
            else topic.settings.set(key, value);
          }
          return nothing;
        }),
    };
  }

  #promotion(): PromotionPort {
    const { destination } = this.#options;
    const noLeader = { kind: 'waiting', reason: 'no leader' } as const;
    return {
      obstacle: ({ assignment, partition }) =>
        this.#ask('promotion.obstacle', () => {
          const { hasLeader, enoughReplicas } = destination.partition(assignment.mirrorTopic, partition);
          if (!hasLeader) return { kind: 'blocked', reason: 'no leader' } as const;
          if (!enoughReplicas) return { kind: 'blocked', reason: '1 replicas in sync, 2 needed' } as const;
          return { kind: 'free' } as const;
        }),
      prove: ({ assignment, partition, source }) =>
        this.#ask('promotion.prove', () => {
          const log = destination.partition(assignment.mirrorTopic, partition);
          if (!log.hasLeader) return noLeader;
          const offset = log.firstForeign;
          if (offset >= 0) {
            const detail = 'a record that is not ours';
            return {
              kind: 'failed',
              failure: { partition, reason: 'FOREIGN_WRITE', offset: BigInt(offset), detail },
            } as const;
          }
          const hasBarrier = log.log.at(-1) === 'barrier';
          const end = endOf(log);
          return { kind: 'proven', end, hasBarrier, sourceUnread: source ? undefined : 'not asked' } as const;
        }),
      barrier: ({ assignment, partition, end }) =>
        this.#effect('promotion.barrier', async () => {
          const { mirrorTopic } = assignment;
          const log = destination.partition(mirrorTopic, partition);
          if (!log.hasLeader) return noLeader;
          if (!log.enoughReplicas) return { kind: 'waiting', reason: 'NOT_ENOUGH_REPLICAS' } as const;
          const stands = log.barriers > 0 && (end === undefined || endOf(log) === end);
          if (stands) return nothing;
          if (end !== undefined && log.end !== end) return { kind: 'moved', reason: `log end ${log.end}` } as const;
          // Read, then written: two at once would both write.
          await this.#travel();
          await this.#options.amidBarrier?.();
          destination.append(mirrorTopic, partition, 'barrier');
          return nothing;
        }),
    };
  }

  #groups(): GroupsPort {
    const { destination } = this.#options;
    const above = (topic: string, ends: readonly bigint[]): ClampedGroup[] =>
      [...destination.groups].flatMap(([group, { offsets }]) =>
        ends.flatMap((to, partition): ClampedGroup[] => {
          const from = offsets.get(`${topic}/${partition}`) ?? 0n;
          return from > to ? [{ group, partition, from, to }] : [];
        }),
      );
    const fenced = { kind: 'fenced', reason: 'another klink took over the groups' } as const;
    /** One transactional producer: one call after the other. */
    let turn: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const result = turn.then(work);
      turn = result.catch(() => undefined);
      return result;
    };
    return {
      standings: (topic) =>
        this.#ask('groups.standings', () => {
          const standings = [...destination.groups].flatMap(([group, { offsets }]) =>
            [...offsets].flatMap(([key, offset]) => {
              const [name, partition] = key.split('/');
              return name === topic ? [{ group, topic, partition: Number(partition), offset }] : [];
            }),
          );
          return { kind: 'done', standings } as const;
        }),
      aboveEnds: (topic, ends) =>
        this.#ask('groups.above', () => ({ kind: 'done', groups: above(topic, ends) }) as const),
      commit: (group, offsets) =>
        inTurn(() =>
          this.#effect('groups.commit', () => {
            if (this.#groupsEpoch !== destination.groupsEpoch) return fenced;
            const known = destination.group(group);
            if (known.live) return { kind: 'in-use' } as const;
            this.#write(group, offsets);
            return nothing;
          }),
        ),
      clamp: (topic, ends) =>
        inTurn(() =>
          this.#effect('groups.clamp', () => {
            this.#groupsEpoch = ++destination.groupsEpoch;
            const clamped = above(topic, ends);
            for (const each of clamped) {
              destination.group(each.group).offsets.set(`${topic}/${each.partition}`, each.to);
              destination.moved.push({ topic, ...each });
            }
            return { kind: 'done', clamped } as const;
          }),
        ),
    };
  }

  #write(group: string, offsets: readonly GroupOffset[]): void {
    const { destination } = this.#options;
    for (const { topic, partition, offset } of offsets) {
      // [7.2] Never above the mirror's end at any moment.
      const end = destination.partition(topic, partition).end;
      if (offset > end) destination.broken.push(`${group}: ${topic}-${partition} set to ${offset}, above ${end}`);
      destination.group(group).offsets.set(`${topic}/${partition}`, offset);
    }
  }

  #credentials(): CredentialsPort {
    const { destination } = this.#options;
    const refused = { kind: 'refused', reason: 'no such cluster' } as const;
    const key = (place: CredentialPlace) => `${place.clusterId}/${place.user}/${place.mechanism}`;
    return {
      set: (place, secret) =>
        this.#effect('credentials.set', () => {
          if (place.clusterId !== destination.clusterId) return refused;
          destination.credentials.set(key(place), secret);
          return nothing;
        }),
      remove: (place) =>
        this.#effect('credentials.remove', () => {
          destination.credentials.delete(key(place));
          return nothing;
        }),
    };
  }

  #source(): SourcePort {
    const { source } = this.#options;
    const refused = { kind: 'refused', error: 'AUTHENTICATION_ERROR', reason: 'wrong password' } as const;
    const away = { kind: 'unavailable', reason: 'no route to the source' } as const;
    const lacking = { kind: 'refused', error: 'AUTHORIZATION_ERROR', reason: 'READ is missing' } as const;
    const unread = { ...refused, reason: 'the setting password cannot be read here' };
    const trouble = (address: SourceAddress) => {
      if (!this.secrets.opens(address)) return unread;
      const refuses = typeof source.refuses === 'function' ? source.refuses(address) : source.refuses;
      return refuses ? refused : source.reachable ? undefined : away;
    };
    return {
      check: (address) =>
        this.#ask(
          'source.check',
          () => trouble(address) ?? ({ kind: 'done', clusterId: source.clusterId, notes: [] } as const),
        ),
      lacks: (address, needs) =>
        this.#ask('source.lacks', () => {
          source.needs.push(needs);
          return trouble(address) ?? ({ kind: 'done', missing: source.missing } as const);
        }),
      topics: (address) =>
        this.#ask('source.topics', () => {
          const wrong = trouble(address);
          if (wrong) return wrong;
          const topics = [...source.topics.keys()].map((name) => ({ name, isInternal: name.startsWith('__') }));
          return { kind: 'done', topics } as const;
        }),
      journal: (address) =>
        this.#ask('source.journal', () => {
          const wrong = trouble(address);
          if (wrong) return wrong;
          const { journal } = source;
          return journal === 'unreadable' ? refused : ({ kind: 'done', entries: journal } as const);
        }),
      describe: (address, name) =>
        this.#ask('source.describe', () => {
          const wrong = trouble(address) ?? (source.lacksRight ? lacking : undefined);
          if (wrong) return wrong;
          const topic = source.topics.get(name);
          if (topic === undefined) return { kind: 'absent' } as const;
          const partitions = topic.partitions.map((partition) => ({ ...partition }));
          return { kind: 'found', topicId: topic.topicId, partitions, settings: { ...topic.settings } } as const;
        }),
      acls: () =>
        this.#ask('source.acls', () => {
          if (!source.reachable) return away;
          if (source.aclsRefused) return { kind: 'refused', ...source.aclsRefused } as const;
          return { kind: 'done', acls: aclsIn(source.acls), ofFences: [] } as const;
        }),
      groupOffsets: (address, selects, topics) =>
        this.#ask('source.groups', () => {
          const wrong = trouble(address) ?? (source.lacksRight ? lacking : undefined);
          if (wrong) return wrong;
          const groups = [...source.groups].flatMap(([group, offsets]) => {
            if (!selects(group)) return [];
            const own = [...offsets].flatMap(([key, offset]): GroupOffset[] => {
              const [topic = '', partition = ''] = key.split('/');
              return topics.includes(topic) ? [{ topic, partition: Number(partition), offset }] : [];
            });
            return own.length === 0 ? [] : [{ group, offsets: own }];
          });
          return { kind: 'done', groups } as const;
        }),
    };
  }
}

function aclsIn(lines: ReadonlySet<string>): Acl[] {
  return [...lines].flatMap((line) => readAclLine(line) ?? []);
}

function isFault(answer: unknown): answer is Fault {
  return typeof answer === 'string';
}
