/**
 * One of the brokers that are compared: its connections, the names of what it chose, and how a step is played on it. A
 * connection that the broker ends is opened again by the next step.
 */

import { sleep } from '../../src/base/clock.js';
import type { Address } from '../../src/base/connection.js';
import { invariant } from '../../src/base/invariant.js';
import { systemClock } from '../../src/base/node/clock.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { createTopics } from '../../src/protocol/api/create-topics.js';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { decodeResponse } from '../../src/protocol/codec.js';
import type { Api } from '../../src/protocol/schema.js';
import type { BrokerKind } from '../harness/engine-brokers.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import { Names, PREFIX } from './names.js';
import type { Step } from './operation.js';

export type Outcome =
  | { readonly kind: 'answer'; readonly answer: unknown; readonly bytes: number }
  /** What the answer began does not end. */
  | { readonly kind: 'unsettled'; readonly answer: unknown; readonly why: string }
  /** The answer has not come: it waits for what others do. */
  | { readonly kind: 'waiting' }
  /** The connection was ended. */
  | { readonly kind: 'ended' }
  /** As it should be where no answer is wanted. */
  | { readonly kind: 'unanswered' }
  /** Something that our codec cannot read. */
  | { readonly kind: 'unreadable'; readonly why: string }
  /** Nothing within `ANSWER_MS`. */
  | { readonly kind: 'silent' };

const ANSWER_MS = 20_000;
/** Who has not answered until then waits for others. */
const PARKED_MS = 150;
const READY_MS = 30_000;
/** How long an operation waits in `settle`. */
export const SETTLED_MS = 8000;
const ASK_AGAIN_MS = 3;
const [TOPIC, SET] = [2, 0];
/** The last version of OffsetCommit that does. */
const NAMES_TOPICS = 9;

export class Side {
  readonly kind: BrokerKind;
  readonly address: Address;
  names = new Names(PREFIX);
  readonly #own: Wire;
  readonly #fenceTopic: string;
  #fences = 0;
  #wires = new Map<number, Wire>();
  /** Answers that are still to come. */
  readonly #parked = new Map<number, Promise<Came>>();

  private constructor(kind: BrokerKind, address: Address, own: Wire) {
    this.kind = kind;
    this.address = address;
    this.#own = own;
    this.#fenceTopic = `fence-${process.pid}-${Date.now().toString(36)}`;
  }

  /** With coordinators that answer. */
  static async open(kind: BrokerKind, address: Address): Promise<Side> {
    const side = new Side(kind, address, await Wire.open(address));
    const topic = { name: side.#fenceTopic, numPartitions: 1, replicationFactor: 1 };
    await side.#own.ask(createTopics, { topics: [topic], timeoutMs: 30_000 });
    for (const keyType of [0, 1]) {
      await until(`a coordinator of type ${keyType}`, READY_MS, async () => {
        const { coordinators } = await side.#own.ask(findCoordinator, { keyType, coordinatorKeys: ['any'] });
        return coordinators[0]?.errorCode === 0;
      });
    }
    return side;
  }

  /** For what a step waits for; not one of the connections that are compared. */
  get own(): Wire {
    return this.#own;
  }

  range(api: Pick<Api<unknown, unknown>, 'key'>): { readonly min: number; readonly max: number } | undefined {
    return this.#own.range(api);
  }

  /** Other names, and connections that nothing is known of. */
  begin(prefix: string): void {
    this.names = new Names(prefix);
    this.#endConnections();
  }

  async play(step: Step): Promise<Outcome> {
    const give = performance.now() + ANSWER_MS;
    await step.ready(this);
    for (;;) {
      const outcome = await this.#once(step);
      if (outcome.kind !== 'answer') return outcome;
      if (step.isNotYet(outcome.answer) && performance.now() < give) {
        await sleep(systemClock, ASK_AGAIN_MS);
        continue;
      }
      step.bind(outcome.answer, this.names);
      try {
        await step.settle(this, outcome.answer);
        return outcome;
      } catch (error) {
        return { kind: 'unsettled', answer: outcome.answer, why: String(error) };
      }
    }
  }

  /** For what the step has left, where others were answered at once. */
  async waitLonger(step: Step): Promise<Outcome> {
    const outcome = await this.#collect(step, this.#parked.get(step.connection), SETTLED_MS);
    if (outcome.kind === 'answer') step.bind(outcome.answer, this.names);
    return outcome;
  }

  /**
   * Until everything that was changed in the metadata before is in force. Kafka publishes changes one after another: when a
   * later one is seen, the earlier ones are done.
   */
  async fence(): Promise<void> {
    if (this.kind === 'embedded') return;
    const value = String(1_000_000 + this.#fences++);
    const resource = { resourceType: TOPIC, resourceName: this.#fenceTopic };
    const configs = [{ name: 'retention.ms', configOperation: SET, value }];
    await this.#own.ask(incrementalAlterConfigs, { resources: [{ ...resource, configs }] });
    await until('the metadata', SETTLED_MS, async () => {
      const asked = { ...resource, configurationKeys: ['retention.ms'] };
      const { results } = await this.#own.ask(describeConfigs, { resources: [asked] });
      return results[0]?.configs[0]?.value === value;
    });
  }

  /** A group that has written nothing yet is shown by Kafka once something later is written: of whatever group. */
  async fenceGroups(): Promise<void> {
    if (this.kind === 'embedded') return;
    const partitions = [{ partitionIndex: 0, committedOffset: 0n }];
    const topics = [{ name: this.#fenceTopic, partitions }];
    const commit = { groupId: this.#fenceTopic, generationIdOrMemberEpoch: -1, memberId: '', topics };
    const answer = await this.#own.ask(offsetCommit, commit, NAMES_TOPICS);
    invariant(answer.topics[0]?.partitions[0]?.errorCode === 0, 'the fence of groups is committed');
  }

  close(): void {
    this.#endConnections();
    this.#own.close();
  }

  async #once(step: Step): Promise<Outcome> {
    if (step.collects) return this.#collect(step, this.#parked.get(step.connection), PARKED_MS);
    const wire = await this.#wire(step.connection);
    const chunks = step.encode(this.names, wire.takeCorrelationId());
    if (step.unanswered) {
      wire.tell(chunks);
      const after = await within(wire.send(apiVersions, 0, {}));
      return after.kind === 'came' ? { kind: 'unanswered' } : this.#failed(step, after);
    }
    if (step.parks) return this.#collect(step, arrival(wire.sendRaw(chunks)), PARKED_MS);
    return this.#read(step, await within(wire.sendRaw(chunks)));
  }

  async #collect(step: Step, coming: Promise<Came> | undefined, waitMs: number): Promise<Outcome> {
    if (coming === undefined) return { kind: 'unanswered' };
    const came = await Promise.race([coming, sleep(systemClock, waitMs).then(() => 'waiting' as const)]);
    if (came === 'waiting') {
      this.#parked.set(step.connection, coming);
      return { kind: 'waiting' };
    }
    this.#parked.delete(step.connection);
    return this.#read(step, came);
  }

  #read(step: Step, came: Came | { readonly kind: 'silent' }): Outcome {
    if (came.kind !== 'came') return this.#failed(step, came);
    const { api, version } = step;
    try {
      const { body } = decodeResponse(api, version, came.value);
      return { kind: 'answer', answer: body, bytes: came.value.length };
    } catch (error) {
      return { kind: 'unreadable', why: `${String(error)}: ${came.value.toString('hex')}` };
    }
  }

  async #wire(connection: number): Promise<Wire> {
    const there = this.#wires.get(connection);
    if (there !== undefined && !there.isEnded) return there;
    const wire = await Wire.open(this.address, undefined, `differential-${connection}`);
    this.#wires.set(connection, wire);
    return wire;
  }

  #failed(step: Step, { kind }: { readonly kind: 'ended' | 'silent' }): Outcome {
    this.#wires.get(step.connection)?.close();
    this.#wires.delete(step.connection);
    return { kind };
  }

  #endConnections(): void {
    for (const wire of this.#wires.values()) wire.close();
    this.#wires.clear();
    this.#parked.clear();
  }
}

type Came = { readonly kind: 'came'; readonly value: Buffer } | { readonly kind: 'ended' };

function arrival(answer: Promise<Buffer>): Promise<Came> {
  return answer.then(
    (value) => ({ kind: 'came', value }),
    () => ({ kind: 'ended' }),
  );
}

async function within<T>(
  answer: Promise<T>,
): Promise<{ readonly kind: 'came'; readonly value: T } | { readonly kind: 'ended' | 'silent' }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ readonly kind: 'silent' }>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'silent' }), ANSWER_MS);
  });
  const came = answer.then(
    (value) => ({ kind: 'came' as const, value }),
    () => ({ kind: 'ended' as const }),
  );
  return Promise.race([came, late]).finally(() => clearTimeout(timer));
}
