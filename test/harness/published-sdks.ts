/**
 * What two revisions of the published client accept: answers are decoded as strictly as those generated clients do it, and
 * thrown away with the same cause. Nothing of theirs is copied: these are the facts that clients break on.
 */
import assert from 'node:assert/strict';

type Json = Readonly<Record<string, unknown>>;

const known = ['ACTIVE', 'FAILED', 'PAUSED', 'STOPPED', 'PENDING_STOPPED'];
const newer = [
  ...known,
  'LINK_FAILED',
  'LINK_PAUSED',
  'SOURCE_UNAVAILABLE',
  'PENDING_MIRROR',
  'PENDING_SYNCHRONIZE',
  'PENDING_SETUP_FOR_RESTORE',
  'PENDING_RESTORE',
];

export interface Sdk {
  readonly name: string;
  readonly mirrorStates: readonly string[];
  /** The names under which it reads the flags of a link's setting. */
  readonly settingFlags: readonly string[];
  readonly groupMembers: string;
}

export const sdks = {
  newer: {
    name: 'newer',
    mirrorStates: newer,
    settingFlags: ['is_read_only', 'is_sensitive', 'is_default'],
    groupMembers: 'consumers',
  },
  older: { name: 'older', mirrorStates: known, settingFlags: ['read_only', 'sensitive'], groupMembers: 'consumer' },
} as const satisfies Readonly<Record<string, Sdk>>;

export interface DecodedMirror {
  readonly status: string;
  readonly lags: readonly { readonly partition: number; readonly lag: number; readonly offset: number }[];
}

export function decodeMirror(sdk: Sdk, given: unknown): DecodedMirror {
  const mirror = given as Json;
  const status = text(mirror, 'mirror_status');
  assert.ok(sdk.mirrorStates.includes(status), `${sdk.name}: ${status} is not a valid mirror status`);
  integer(mirror, 'num_partitions');
  integer(mirror, 'state_time_ms');
  for (const name of ['link_name', 'mirror_topic_name', 'source_topic_name']) text(mirror, name);
  return { status, lags: lagsOf(mirror) };
}

export interface DecodedRow {
  readonly topic: string;
  readonly code: number;
  readonly message: string;
}

/** Both take null and 0 for accepted, and an error only by its message. */
export function decodeRows(given: unknown): readonly DecodedRow[] {
  return listed(given).map((row) => {
    lagsOf(row);
    const code = row.error_code ?? 0;
    const message = row.error_message ?? '';
    assert.ok(typeof code === 'number' && typeof message === 'string');
    assert.equal(code === 0, message === '', 'a code without message is not seen');
    return { topic: text(row, 'mirror_topic_name'), code, message };
  });
}

export function decodeSetting(sdk: Sdk, given: unknown): { readonly name: string; readonly value: string | null } {
  const setting = given as Json;
  for (const flag of sdk.settingFlags) assert.equal(typeof setting[flag], 'boolean', `${sdk.name}: ${flag}`);
  assert.ok(Array.isArray(setting.synonyms) && setting.synonyms.every((each) => typeof each === 'string'));
  const { value } = setting;
  assert.ok(value === null || typeof value === 'string');
  return { name: text(setting, 'name'), value };
}

export function listed(given: unknown): readonly Json[] {
  const { data } = given as Json;
  assert.ok(Array.isArray(data), 'data is no array');
  return data as Json[];
}

function lagsOf(of: Json): DecodedMirror['lags'] {
  const { mirror_lags: lags } = of;
  assert.ok(Array.isArray(lags), 'mirror_lags is no array');
  return lags.map((each: Json) => {
    return {
      partition: integer(each, 'partition'),
      lag: integer(each, 'lag'),
      offset: integer(each, 'last_source_fetch_offset'),
    };
  });
}

export function text(of: Json, name: string): string {
  const value = of[name];
  assert.ok(typeof value === 'string', `${name} is no string`);
  return value;
}

function integer(of: Json, name: string): number {
  const value = of[name];
  assert.ok(Number.isInteger(value), `${name} is no integer`);
  return value as number;
}
