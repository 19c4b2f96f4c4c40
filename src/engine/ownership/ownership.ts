/**
 * One owner among all klinks of a destination cluster, elected by its group coordinator: joins the group `klink`, leads or
 * stands by, and keeps the lease of `lease.ts` alive by one replicated write and one heartbeat a second. Refuses to say
 * `holds` whenever the lease is not proven at this very moment. Spec: docs/spec/ownership.md (rule 4.1, decision 7).
 */
import { type Clock, sleep, type Timer } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import { type Backoff, backoffMs } from '../../base/retry.js';
import { type Channel, type KafkaCluster, NotSent, OutcomeUnknown } from '../../client/types.js';
import { readExclusiveness } from './exclusive.js';
import {
  afterRound,
  afterTurn,
  answerTimeoutMs,
  continues,
  endsAtMs,
  firstMarkerAtMs,
  hasRunOut,
  type Leadership,
  type Lease,
  type LeaseRules,
  leaseHolds,
  leaseRules,
  led,
  noLease,
  surrendered,
  whyUnsafe,
} from './lease.js';
import { beat, type Calls, commit, coordinatorChannel, join, lastNote, leave, sync } from './member.js';
import { leaseNote, memberNote, type OwnerNote, ownerNote, predecessorOf, readOwnerNote } from './notes.js';
import { OWNERSHIP_GROUP, type Ownership, type OwnershipState } from './ownership-state.js';
import { unsafeMember } from './unsafe-member.js';

/** Topics an offset can be committed for, in order of preference: the first exists on every Apache Kafka. */
const LEASE_TOPICS = ['__consumer_offsets', '_klink.state'];
const ROUND_MS = 1_000;
const REJOIN_MS = 20;
const TURN_MS = 200;
const RETRY: Backoff = { firstMs: 100, capMs: 1_000 };

const UNKNOWN_TOPIC = 3;
const COORDINATOR_TROUBLE = new Set([7, 14, 15, 16]);
const UNKNOWN_MEMBER = 25;
const REBALANCING = 27;

export interface OwnershipOptions {
  readonly cluster: KafkaCluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This server's REST address. */
  readonly url: string;
  readonly rules?: LeaseRules;
  /** Called when the cluster has none of the topics an offset could be committed for: creates `_klink.state`. */
  prepareLeaseTopic(): Promise<void>;
}

export function createOwnership(options: OwnershipOptions): Ownership {
  return new GroupOwnership(options);
}

class GroupOwnership implements Ownership {
  readonly #options: OwnershipOptions;
  readonly #rules: LeaseRules;
  readonly #calls: Calls;
  readonly #ending = new AbortController();
  readonly #changeListeners = new Set<(state: OwnershipState) => void>();
  readonly #wakeListeners = new Set<(stalledMs: number) => void>();
  #state: OwnershipState = { kind: 'joining', reason: 'starting' };
  #lease: Lease;
  #term = 0;
  #memberId = '';
  /** Undefined: the member has to join. */
  #generation: number | undefined;
  #leads = false;
  #ledAtMs = 0;
  /** The leadership that a rebalance interrupted; undefined when there was none or its lease had ended. */
  #before: Leadership | undefined;
  #channel: Channel | undefined;
  #leaseTopic: string | undefined;
  #turnTimer: Timer | undefined;
  #running: Promise<void> | undefined;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#rules = options.rules ?? leaseRules;
    const unsafe = whyUnsafe(this.#rules);
    if (unsafe) throw new RangeError(unsafe);
    this.#calls = {
      group: OWNERSHIP_GROUP,
      answerTimeoutMs: answerTimeoutMs(this.#rules),
      signal: this.#ending.signal,
    };
    this.#lease = noLease(this.#nowMs());
  }

  get state(): OwnershipState {
    return this.#state;
  }

  holds(): boolean {
    return this.#state.kind === 'owner' && leaseHolds(this.#lease, this.#nowMs(), this.#rules);
  }

  mayWriteMarkers(): boolean {
    return this.holds() && this.#hasWaited();
  }

  /** [4.1] A new owner waits before its first marker: the last owner's may still be under way (X4). */
  #hasWaited(): boolean {
    return this.#state.kind === 'owner' && this.#nowMs() >= this.#state.markersFromMs;
  }

  onChange(listener: (state: OwnershipState) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onWakeUp(listener: (stalledMs: number) => void): () => void {
    this.#wakeListeners.add(listener);
    return () => this.#wakeListeners.delete(listener);
  }

  start(): void {
    if (this.#running || this.#ending.signal.aborted) return;
    this.#lease = noLease(this.#nowMs());
    this.#watchTurns();
    this.#running = this.#run();
  }

  async stop(options: { readonly effectsSettled: boolean }): Promise<void> {
    // The commit that says so is taken from nobody but a member of this generation: until then nobody else has owned.
    const releases = options.effectsSettled && this.#hasWaited() ? this.#generation : undefined;
    this.#ending.abort(new NotSent('ownership was stopped'));
    await this.#running;
    this.#turnTimer?.cancel();
    this.#lease = surrendered(this.#lease);
    this.#setState({ kind: 'stopped' });
    await this.#depart(releases);
  }

  async #depart(releasedGeneration: number | undefined): Promise<void> {
    const channel = this.#channel;
    if (!channel?.open || this.#memberId === '') return;
    const calls = { ...this.#calls, signal: AbortSignal.any([]) };
    try {
      if (releasedGeneration !== undefined && this.#leaseTopic !== undefined) {
        const note = leaseNote({ url: this.#options.url, released: true });
        await commit(channel, calls, {
          memberId: this.#memberId,
          generation: releasedGeneration,
          topic: this.#leaseTopic,
          note,
        });
      }
      await leave(channel, calls, this.#memberId);
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.#options.log.info(
        { error: messageOf(error) },
        'could not leave the group in good order; its session ends it',
      );
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    for (let attempt = 0; !signal.aborted; ) {
      try {
        await this.#step();
        attempt = 0;
        // A call to a rebalance is answered at once: until klink has joined again it may do nothing.
        await sleep(this.#options.clock, this.#generation === undefined ? REJOIN_MS : ROUND_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isExpected(error)) this.#options.log.error({ error: messageOf(error) }, 'ownership: unexpected failure');
        // [4.1] No answer in time: this connection is given up and the coordinator found again.
        this.#dropChannel(messageOf(error));
        if (this.#state.kind !== 'owner') this.#setState({ kind: 'joining', reason: messageOf(error) });
        const pause = backoffMs(RETRY, attempt++, this.#options.random);
        await sleep(this.#options.clock, pause, signal).catch(() => undefined);
      }
    }
  }

  /** One thing at a time: nothing is ever sent before the last answer has come [4.1]. */
  async #step(): Promise<void> {
    // Pipelined heartbeats to a stopped coordinator let two klinks lead for 1.3 s (R5): one outstanding, always awaited.
    this.#channel ??= await coordinatorChannel(this.#options.cluster, this.#calls);
    if (!this.#channel.open) {
      this.#channel = undefined;
      throw new NotSent('the connection to the coordinator is closed');
    }
    if (this.#generation !== undefined && this.#leads && hasRunOut(this.#lease, this.#nowMs(), this.#rules)) {
      // [4.1] A lease that has run out takes a new JoinGroup and SyncGroup as leader.
      this.#endTerm('the lease has run out');
      this.#mustJoin();
    }
    if (this.#generation === undefined) await this.#joinAndSync(this.#channel);
    if (this.#generation === undefined) return;
    if (this.#leads) await this.#leaderRound(this.#channel, this.#generation);
    else this.#judge(await beat(this.#channel, this.#calls, this.#memberId, this.#generation));
  }

  async #joinAndSync(channel: Channel): Promise<void> {
    const rules = this.#rules;
    const ranBefore = this.holds();
    const wokeBefore = this.#lease.wokeAtMs;
    const leaseEndMs = endsAtMs(this.#lease, rules);
    const before = ranBefore ? this.#before : undefined;
    this.#lease = surrendered(this.#lease);

    const { sessionTimeoutMs, rebalanceTimeoutMs } = rules;
    const { url } = this.#options;
    const metadata = memberNote({ url, sessionTimeoutMs, rebalanceTimeoutMs });
    const joined = await join(channel, this.#calls, {
      memberId: this.#memberId,
      metadata,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
    });
    if (joined.code !== 0) return this.#judge(joined.code);
    this.#memberId = joined.memberId;

    const owner: OwnerNote | undefined = joined.leads ? { memberId: joined.memberId, url } : undefined;
    const unsafe = joined.leads ? unsafeMember(joined.members) : undefined;
    const assignment = ownerNote(unsafe === undefined ? owner : undefined);
    const syncSentAtMs = this.#nowMs();
    const synced = await sync(channel, this.#calls, {
      memberId: joined.memberId,
      generation: joined.generation,
      assignments: joined.members.map(({ memberId }) => ({ memberId, assignment })),
      timeoutMs: sessionTimeoutMs + rebalanceTimeoutMs,
    });
    if (synced.code === REBALANCING) {
      // A coordinator up to 3.9 that cannot store the assignment says so as well, as long as it is cut off [4.1].
      this.#dropChannel('the group is rebalancing once more');
      return this.#mustJoin();
    }
    if (synced.code !== 0) return this.#judge(synced.code);

    this.#generation = joined.generation;
    this.#leads = joined.leads && unsafe === undefined;
    if (!this.#leads) {
      this.#before = undefined;
      this.#setState({ kind: 'standby', owner: readOwnerNote(synced.assignment), reason: unsafe });
      return;
    }
    const leadership = { memberId: joined.memberId, generation: joined.generation };
    const leaseRan = this.#nowMs() < leaseEndMs && this.#lease.wokeAtMs === wokeBefore;
    const goesOn = before !== undefined && continues(before, leadership, leaseRan);
    if (!goesOn) {
      this.#endTerm('another generation began');
      this.#ledAtMs = this.#nowMs();
    }
    this.#before = leadership;
    this.#lease = led(this.#lease, joined.generation, syncSentAtMs);
    if (goesOn && this.#state.kind === 'owner') this.#setState({ ...this.#state, generation: joined.generation });
  }

  async #leaderRound(channel: Channel, generation: number): Promise<void> {
    const topic = await this.#topicForLease(channel);
    if (topic === undefined) return;
    const opening = this.#state.kind !== 'owner';
    const predecessor = opening ? await this.#readPredecessor(channel, topic) : undefined;
    const writeSentAtMs = this.#nowMs();
    const note = leaseNote({ url: this.#options.url, released: false });
    const writeCode = await commit(channel, this.#calls, { memberId: this.#memberId, generation, topic, note });
    const writeAnsweredAtMs = this.#nowMs();
    if (writeCode === UNKNOWN_TOPIC) this.#leaseTopic = undefined;
    if (writeCode !== 0) return this.#judge(writeCode);
    const heartbeatCode = await beat(channel, this.#calls, this.#memberId, generation);
    const confirmedAtMs = this.#nowMs();
    const round = { generation, writeSentAtMs, writeCode, heartbeatCode, writeAnsweredAtMs, confirmedAtMs };
    this.#lease = afterRound(this.#lease, round, this.#rules);
    if (heartbeatCode !== 0) return this.#judge(heartbeatCode);
    if (opening && this.#lease.proven) await this.#beginTerm(channel, generation, predecessor);
  }

  async #beginTerm(channel: Channel, generation: number, predecessor: string | undefined): Promise<void> {
    const exclusive = await readExclusiveness(this.#options.cluster, channel, this.#calls.answerTimeoutMs);
    const markersFromMs = firstMarkerAtMs(this.#ledAtMs, predecessorOf(predecessor), this.#rules);
    this.#term += 1;
    this.#options.log.info({ term: this.#term, generation, exclusive }, 'this klink owns the cluster');
    this.#setState({ kind: 'owner', term: this.#term, generation, markersFromMs, exclusive });
  }

  async #readPredecessor(channel: Channel, topic: string): Promise<string | undefined> {
    const { code, note } = await lastNote(channel, this.#calls, topic);
    if (code !== 0) throw new NotSent(`the last owner's note could not be read (error ${code})`);
    return note;
  }

  async #topicForLease(channel: Channel): Promise<string | undefined> {
    if (this.#leaseTopic !== undefined) return this.#leaseTopic;
    const timeoutMs = this.#calls.answerTimeoutMs;
    const metadata = await this.#options.cluster.metadata(LEASE_TOPICS, { timeoutMs });
    const there = LEASE_TOPICS.find((name) =>
      metadata.topics.some((topic) => topic.name === name && topic.errorCode === 0 && topic.partitions.length > 0),
    );
    if (there === undefined) {
      // Creating a topic may take longer than a heartbeat may wait: the session must not end meanwhile.
      const generation = this.#generation ?? -1;
      const [code] = await Promise.all([
        beat(channel, this.#calls, this.#memberId, generation),
        this.#options.prepareLeaseTopic(),
      ]);
      this.#judge(code);
    }
    this.#leaseTopic = there;
    return there;
  }

  /** What an answer's code means for membership. Codes of the coordinator's own trouble throw: it is found again. */
  #judge(code: number): void {
    if (code === 0) return;
    if (COORDINATOR_TROUBLE.has(code)) throw new NotSent(`the coordinator answered error ${code}`);
    if (code === UNKNOWN_TOPIC) return;
    if (code === UNKNOWN_MEMBER) this.#memberId = '';
    this.#mustJoin();
    // 27 is the ordinary call to a rebalance, 22 and 25 say that the group went on without us.
    if (code === 22 || code === UNKNOWN_MEMBER) this.#endTerm(`the coordinator answered error ${code}`);
    else if (code !== REBALANCING) throw new NotSent(`the group ${OWNERSHIP_GROUP} refuses this klink (error ${code})`);
  }

  #mustJoin(): void {
    this.#generation = undefined;
  }

  #endTerm(reason: string): void {
    this.#before = undefined;
    if (this.#state.kind !== 'owner') return;
    this.#options.log.warn({ reason, term: this.#state.term }, 'this klink no longer owns the cluster');
    this.#setState({ kind: 'joining', reason });
  }

  #dropChannel(reason: string): void {
    this.#channel?.reset(reason);
    this.#channel = undefined;
  }

  #watchTurns(): void {
    this.#turnTimer = this.#options.clock.setTimer(TURN_MS, () => {
      const nowMs = this.#nowMs();
      const stalledMs = nowMs - this.#lease.lastTurnMs;
      const before = this.#lease.wokeAtMs;
      this.#lease = afterTurn(this.#lease, nowMs, this.#rules);
      if (this.#lease.wokeAtMs !== before) {
        this.#options.log.warn({ stalledMs: Math.round(stalledMs) }, 'the event loop had stalled');
        for (const listener of this.#wakeListeners) listener(stalledMs);
      }
      if (this.#state.kind === 'owner' && hasRunOut(this.#lease, nowMs, this.#rules))
        this.#endTerm('the lease has run out');
      if (!this.#ending.signal.aborted) this.#watchTurns();
    });
  }

  #setState(state: OwnershipState): void {
    this.#state = state;
    for (const listener of this.#changeListeners) listener(state);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

function isExpected(error: unknown): boolean {
  if (error instanceof NotSent || error instanceof OutcomeUnknown) return true;
  // The system's own refusals (ECONNREFUSED …) while a broker is down.
  return error instanceof Error && 'code' in error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
