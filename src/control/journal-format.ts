/**
 * What stands in `_klink.state`, `_klink.seen` and `_klink.audit`: `{format, stamp, atMs, event, state}` under one key per
 * entity. Reading gives the state after the last event of each entity. Refuses a format it does not know: a newer klink
 * wrote it, and guessing could undo its decisions. Observations never decide anything: they have topic, keys and format
 * of their own. Spec: docs/spec/control.md, rules 5.1, 5.2.
 */
import { fail, ok, type Result } from '../base/result.js';
import { readSealedText, shownSecret } from '../base/secret-text.js';
import type { LinkAcls } from '../model/acl.js';
import type { PartitionMemory } from '../model/assignment.js';
import { compareStamps, type DecisionStamp } from '../model/decision.js';
import type { ApiKey, ServiceAccount } from '../model/identity.js';
import type { Link } from '../model/link.js';
import type { Mirror } from '../model/mirror.js';
import type { ControlEvent, Recorded } from './events.js';
import type { JournalRecord } from './ports/journal.js';
import { type ControlState, emptyState, mirrorKey } from './state.js';

export const JOURNAL_FORMAT = 1;
const CONTROLLER = 'controller';

export function keyOfEvent(event: ControlEvent): string {
  if (event.kind === 'took-over') return CONTROLLER;
  if (event.kind === 'acls-recorded' || event.kind === 'acls-forgotten') return `acls/${event.linkId}`;
  if ('accountId' in event) return `account/${event.accountId}`;
  if ('keyId' in event) return `key/${event.keyId}`;
  return 'mirrorTopic' in event ? `mirror/${mirrorKey(event)}` : `link/${event.linkId}`;
}

/** The records of one decision: for each entity its last event and the state after all of them. */
export function toRecords(recorded: readonly Recorded[], after: ControlState): JournalRecord[] {
  const byKey = new Map(recorded.map((each) => [keyOfEvent(each.event), each]));
  const records = [...byKey].map(([key, { stamp, atMs, event }]): JournalRecord => {
    const state = entityOf(event, after);
    return { key, value: state === undefined ? null : write({ format: JOURNAL_FORMAT, stamp, atMs, event, state }) };
  });
  const [first] = recorded;
  if (first !== undefined && records.every(({ value }) => value === null)) {
    // What is forgotten leaves no stamp behind, and only by its stamp can it be told whether a decision counts.
    const { stamp, atMs, event } = first;
    records.push({ key: CONTROLLER, value: write({ format: JOURNAL_FORMAT, stamp, atMs, event, state: stamp }) });
  }
  return records;
}

export function toAudit(recorded: readonly Recorded[]): string[] {
  return recorded.map(({ stamp, atMs, event }) => {
    return write({ format: JOURNAL_FORMAT, stamp, atMs, event: withoutSecrets(event) });
  });
}

/** The audit is for reading: sealed texts stand in the state alone. */
function withoutSecrets(event: ControlEvent): ControlEvent {
  if (event.kind !== 'link-created' && event.kind !== 'link-altered') return event;
  const settings = Object.entries(event.settings).map(([name, value]) => [
    name,
    readSealedText(value) === undefined ? value : shownSecret(value),
  ]);
  return { ...event, settings: Object.fromEntries(settings) };
}

type Entity = Link | Mirror | LinkAcls | ServiceAccount | ApiKey | DecisionStamp;

function entityOf(event: ControlEvent, after: ControlState): Entity | undefined {
  if (event.kind === 'took-over') return after.stamp;
  if (event.kind === 'acls-recorded' || event.kind === 'acls-forgotten') return after.acls.get(event.linkId);
  if ('accountId' in event) return after.accounts.get(event.accountId);
  if ('keyId' in event) return after.keys.get(event.keyId);
  return 'mirrorTopic' in event ? after.mirrors.get(mirrorKey(event)) : after.links.get(event.linkId);
}

interface Entry {
  readonly format: number;
  readonly stamp: DecisionStamp;
  readonly state: unknown;
}

/** Fails with a sentence for the operator; nothing may be done then. */
export function readState(entries: readonly JournalRecord[]): Result<ControlState, string> {
  const links = new Map<string, Link>();
  const mirrors = new Map<string, Mirror>();
  const acls = new Map<string, LinkAcls>();
  const accounts = new Map<string, ServiceAccount>();
  const keys = new Map<string, ApiKey>();
  let { stamp } = emptyState;
  for (const { key, value } of entries) {
    if (value === null) continue;
    const entry = parse(value) as Partial<Entry> | undefined;
    if (entry?.format !== JOURNAL_FORMAT || entry.stamp === undefined) {
      const what = entry?.format === undefined ? 'no format' : `format ${entry.format}`;
      return fail(`The entry ${key} of _klink.state has ${what}; this klink reads format ${JOURNAL_FORMAT} only.`);
    }
    if (compareStamps(entry.stamp, stamp) > 0) stamp = entry.stamp;
    // The casts: this klink's own format, written by `toRecords`.
    if (key.startsWith('link/')) links.set(key.slice('link/'.length), entry.state as Link);
    else if (key.startsWith('mirror/')) mirrors.set(key.slice('mirror/'.length), entry.state as Mirror);
    else if (key.startsWith('acls/')) acls.set(key.slice('acls/'.length), entry.state as LinkAcls);
    else if (key.startsWith('account/')) accounts.set(key.slice('account/'.length), entry.state as ServiceAccount);
    else if (key.startsWith('key/')) keys.set(key.slice('key/'.length), entry.state as ApiKey);
    else if (key !== CONTROLLER) return fail(`The entry ${key} of _klink.state is of no kind that this klink knows.`);
  }
  return ok({ stamp, links, mirrors, acls, accounts, keys });
}

export interface Observation {
  readonly linkId: string;
  readonly mirrorTopic: string;
  readonly partition: number;
  readonly stamp: DecisionStamp;
  readonly memory: PartitionMemory;
}

export function observationRecord({ linkId, mirrorTopic, partition, stamp, memory }: Observation): JournalRecord {
  const key = `memory/${linkId}/${mirrorTopic}/${partition}`;
  return { key, value: write({ format: JOURNAL_FORMAT, stamp, memory }) };
}

/**
 * [5.2] Per mirror key and partition what was observed last. Dropped: what was observed of an earlier mirror of that name,
 * and what is older than an observation already read. Unknown formats are left out: nothing decided hangs on them.
 */
export function readMemories(
  records: readonly JournalRecord[],
  state: ControlState,
): ReadonlyMap<string, ReadonlyMap<number, PartitionMemory>> {
  const newest = new Map<string, Map<number, Observation>>();
  for (const observation of records.map(readObservation)) {
    if (observation === undefined) continue;
    const key = mirrorKey(observation);
    const mirror = state.mirrors.get(key);
    if (mirror === undefined || compareStamps(observation.stamp, mirror.observedFrom) < 0) continue;
    const known = newest.get(key) ?? new Map<number, Observation>();
    const before = known.get(observation.partition);
    if (before !== undefined && compareStamps(observation.stamp, before.stamp) < 0) continue;
    newest.set(key, known.set(observation.partition, observation));
  }
  return new Map(
    [...newest].map(([key, byPartition]) => [
      key,
      new Map([...byPartition].map(([partition, { memory }]) => [partition, memory])),
    ]),
  );
}

function readObservation({ key, value }: JournalRecord): Observation | undefined {
  const [kind, linkId, mirrorTopic, number] = key.split('/');
  if (kind !== 'memory' || linkId === undefined || mirrorTopic === undefined || value === null) return undefined;
  const entry = parse(value) as { format?: number; stamp?: DecisionStamp; memory?: PartitionMemory } | undefined;
  if (entry?.format !== JOURNAL_FORMAT || entry.stamp === undefined || entry.memory === undefined) return undefined;
  return { linkId, mirrorTopic, partition: Number(number), stamp: entry.stamp, memory: entry.memory };
}

/** JSON, with offsets as `{"$offset": "…"}`: they are bigints, and a number would lose digits. */
function write(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? { $offset: each.toString() } : each));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, (_, each) => {
      const isOffset = typeof each === 'object' && each !== null && typeof each.$offset === 'string';
      return isOffset ? BigInt(each.$offset) : each;
    });
  } catch {
    return undefined;
  }
}
