/**
 * Does another release of Kafka, older or newer than the one that was imported, say on the wire what our tables say? For each
 * API that its brokers serve to clients, and each version: there, and field by field of the same name, type and place.
 */
import { allApis } from '../src/protocol/api/all.js';
import type { Field } from '../src/protocol/schema.js';
import { bounds, type RawField, type RawMessage, structFields } from './raw-messages.js';

/** By release: what is not as in ours, and why that is right. A line that is not found any more fails as well. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  '3.9.1': [
    // Versions that Kafka 4.0 no longer has (KIP-896).
    'AlterReplicaLogDirsRequest 0: not in our tables',
    'CreateAclsRequest 0: not in our tables',
    'CreateDelegationTokenRequest 0: not in our tables',
    'CreateTopicsRequest 0, 1: not in our tables',
    'DeleteAclsRequest 0: not in our tables',
    'DeleteTopicsRequest 0: not in our tables',
    'DescribeAclsRequest 0: not in our tables',
    'DescribeConfigsRequest 0: not in our tables',
    'DescribeDelegationTokenRequest 0: not in our tables',
    'DescribeLogDirsRequest 0: not in our tables',
    'ExpireDelegationTokenRequest 0: not in our tables',
    'FetchRequest 0, 1, 2, 3: not in our tables',
    'ListOffsetsRequest 0: not in our tables',
    'OffsetCommitRequest 0, 1: not in our tables',
    'OffsetFetchRequest 0: not in our tables',
    'OffsetForLeaderEpochRequest 0, 1: not in our tables',
    'ProduceRequest 0, 1, 2: not in our tables',
    'RenewDelegationTokenRequest 0: not in our tables',
    'WriteTxnMarkersRequest 0: not in our tables',
    // Early access in 3.9 (KIP-932), made anew since; the other one has a new name, and the same bytes (KIP-1142).
    'ListClientMetricsResourcesResponse 0: clientMetricsResources []struct{name string} there, configResources []struct{resourceName string} in ours',
    'ReadShareGroupStateSummaryResponse 0: startOffset int64}} there, leaderEpoch int32 in ours',
    'ShareAcknowledgeRequest 0: not in our tables',
    'ShareFetchRequest 0: not in our tables',
    'ShareGroupDescribeRequest 0: not in our tables',
    'ShareGroupHeartbeatRequest 0: not in our tables',
  ],
};

/** One line for each difference that is not known. */
export function notCovered(messages: readonly RawMessage[], release: string): string[] {
  const found = messages.flatMap((message) => (isServed(message) ? differencesOf(message, messages) : []));
  const known = KNOWN[release] ?? [];
  const gone = known.filter((line) => !found.includes(line)).map((line) => `no longer so: ${line}`);
  return [...new Set(found)].filter((line) => !known.includes(line)).concat(gone);
}

function isServed(message: RawMessage): boolean {
  return message.type === 'request' && message.validVersions !== 'none' && (message.listeners ?? []).includes('broker');
}

function differencesOf(request: RawMessage, messages: readonly RawMessage[]): string[] {
  const ours = allApis.find(({ key }) => key === request.apiKey);
  const response = messages.find(({ name }) => name === request.name.replace(/Request$/, 'Response'));
  if (ours === undefined || response === undefined) return [`${request.name}: not in our tables`];
  const [min, max = min] = bounds(request.validVersions);
  const lines: string[] = [];
  const missing: number[] = [];
  for (let version = min; version <= max; version++) {
    if (version < ours.versions.min || version > ours.versions.max) {
      missing.push(version);
      continue;
    }
    for (const { message, fields } of [
      { message: request, fields: ours.request },
      { message: response, fields: ours.response },
    ]) {
      const theirs = layout(message.fields, version, message);
      const mine = layoutOfOurs(fields, version, (ours.flexibleFrom ?? Number.POSITIVE_INFINITY) <= version);
      const isFlexible = message.flexibleVersions !== 'none' && version >= bounds(message.flexibleVersions)[0];
      const flexes = isFlexible === version >= (ours.flexibleFrom ?? Number.POSITIVE_INFINITY);
      if (theirs !== mine || !flexes) lines.push(`${message.name} ${version}: ${firstDifference(theirs, mine)}`);
    }
  }
  if (missing.length > 0) lines.push(`${request.name} ${missing.join(', ')}: not in our tables`);
  return lines;
}

/** The fields that travel in this version, in their order, as one text. */
function layout(fields: readonly RawField[], version: number, message: RawMessage): string {
  const flexible = message.flexibleVersions !== 'none' && version >= bounds(message.flexibleVersions)[0];
  const lines = fields.flatMap((field) => {
    if (!within(field.versions, version)) return [];
    const inner = structFields(field, message);
    const type = inner ? 'struct' : field.type.replace('[]', '');
    const tag = flexible && field.tag !== undefined && within(field.taggedVersions, version) ? ` tag ${field.tag}` : '';
    const nullable = within(field.nullableVersions, version) ? '?' : '';
    const name = field.name.charAt(0).toLowerCase() + field.name.slice(1);
    const array = field.type.startsWith('[]') ? '[]' : '';
    return [`${name} ${array}${type}${nullable}${tag}${inner ? `{${layout(inner, version, message)}}` : ''}`];
  });
  return lines.join('; ');
}

function layoutOfOurs(fields: readonly Field[], version: number, flexible: boolean): string {
  const within = (range: Field['nullable']) =>
    range !== undefined && version >= range.min && (range.max === undefined || version <= range.max);
  const lines = fields.flatMap((field) => {
    if (!within(field.versions)) return [];
    const tag = flexible && field.tag !== undefined && within(field.taggedVersions) ? ` tag ${field.tag}` : '';
    const inner = field.fields ? `{${layoutOfOurs(field.fields, version, flexible)}}` : '';
    return [`${field.name} ${field.array ? '[]' : ''}${field.type}${within(field.nullable) ? '?' : ''}${tag}${inner}`];
  });
  return lines.join('; ');
}

function firstDifference(theirs: string, ours: string): string {
  const [there, here] = [theirs.split('; '), ours.split('; ')];
  const at = there.findIndex((text, index) => text !== here[index]);
  return at < 0
    ? `ours has ${here[there.length] ?? 'another encoding'}`
    : `${there[at]} there, ${here[at] ?? 'nothing'} in ours`;
}

function within(text: string | undefined, version: number): boolean {
  if (text === undefined || text === 'none') return false;
  const [min, max] = bounds(text);
  return version >= min && (max === undefined || version <= max);
}
