/**
 * Asks the coordinators of many groups something, many groups per request, and goes on asking where a coordinator has
 * moved, is loading or does not answer, as long as there is time. A group whose coordinator stays away fails the call:
 * an answer that lacks groups would look like groups that do not exist.
 */
import { findCoordinator } from '../../protocol/api/find-coordinator.js';
import { errorCode } from '../../protocol/errors.js';
import { COORDINATOR_MOVES } from '../moved.js';
import type { Channel, KafkaCluster, SendOptions } from '../types.js';
import { ADMIN_PURPOSE, isUnanswered, question, refusal } from './ask.js';
import { type AdminOptions, Patience } from './patience.js';

export interface CoordinatorWord<T> {
  readonly group: string;
  readonly code: number;
  readonly value: T;
}

export type CoordinatorAsk<T> = (
  channel: Channel,
  groups: readonly string[],
  options: SendOptions,
) => Promise<readonly CoordinatorWord<T>[]>;

export interface Told<T> {
  /** 0, or a code that does not speak of the coordinator. */
  readonly code: number;
  readonly value: T;
  readonly coordinator: number;
}

const GROUP = 0;
/** Since version 4 one request finds the coordinators of many groups. */
const BATCHED_FROM = 4;
const GROUPS_PER_REQUEST = 200;

const LATER: ReadonlySet<number> = new Set([...COORDINATOR_MOVES, errorCode.UNSTABLE_OFFSET_COMMIT]);

/** One word per group. Rejects with KafkaError or NotSent when some group's coordinator gave none within the time. */
export async function askCoordinators<T>(
  cluster: KafkaCluster,
  groups: readonly string[],
  what: string,
  ask: CoordinatorAsk<T>,
  options: AdminOptions = {},
): Promise<ReadonlyMap<string, Told<T>>> {
  const patience = new Patience(cluster, options);
  const found = new Map<string, Told<T>>();
  let open: readonly string[] = [...new Set(groups)];
  while (open.length > 0) {
    const failures = new Map<string, Error>();
    const coordinators = await findAll(cluster, open, patience, failures);
    await Promise.all(
      [...coordinators].map(async ([coordinator, asked]) => {
        for (const batch of batches(asked)) {
          await askOne(cluster, coordinator, batch, { what, ask, patience, found, failures });
        }
      }),
    );
    open = open.filter((group) => !found.has(group));
    const failure = failures.values().next().value;
    if (open.length > 0 && !(await patience.another())) throw failure ?? refusal(-1, `${what} at ${cluster.name}`);
  }
  return found;
}

async function askOne<T>(
  cluster: KafkaCluster,
  coordinator: number,
  groups: readonly string[],
  round: {
    readonly what: string;
    readonly ask: CoordinatorAsk<T>;
    readonly patience: Patience;
    readonly found: Map<string, Told<T>>;
    readonly failures: Map<string, Error>;
  },
): Promise<void> {
  try {
    const channel = await cluster.channel(coordinator, ADMIN_PURPOSE);
    for (const { group, code, value } of await round.ask(channel, groups, round.patience.ask())) {
      if (!LATER.has(code)) round.found.set(group, { code, value, coordinator });
      else round.failures.set(group, refusal(code, `${round.what} of group "${group}" at ${cluster.name}`));
    }
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    for (const group of groups) round.failures.set(group, error as Error);
  }
}

/** By coordinator. Groups without one for the moment are left out, and named in `failures`. */
async function findAll(
  cluster: KafkaCluster,
  groups: readonly string[],
  patience: Patience,
  failures: Map<string, Error>,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, string[]>();
  const version = (await cluster.channel('any', ADMIN_PURPOSE)).versionOf(findCoordinator) ?? 0;
  for (const batch of batches(groups, version < BATCHED_FROM ? 1 : GROUPS_PER_REQUEST)) {
    const request = { key: batch[0] ?? '', keyType: GROUP, coordinatorKeys: batch };
    const answer = await question(cluster, patience, findCoordinator, request);
    const words = answer.coordinators.length > 0 ? answer.coordinators : [{ ...answer, key: batch[0] ?? '' }];
    for (const { key, nodeId, errorCode, errorMessage } of words) {
      const what = `finding the coordinator of group "${key}" at ${cluster.name}`;
      if (errorCode === 0) found.set(nodeId, [...(found.get(nodeId) ?? []), key]);
      else if (LATER.has(errorCode)) failures.set(key, refusal(errorCode, what, errorMessage));
      else throw refusal(errorCode, what, errorMessage);
    }
  }
  return found;
}

function* batches(groups: readonly string[], size = GROUPS_PER_REQUEST): Iterable<readonly string[]> {
  for (let from = 0; from < groups.length; from += size) yield groups.slice(from, from + size);
}
