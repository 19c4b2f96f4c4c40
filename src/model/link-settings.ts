/**
 * Checks what a caller gives as settings of a link, and says what they mean to the rest of klink. Refuses unknown names,
 * values out of bounds, secrets written out, and published settings that this version cannot honour, unless they are given
 * their default. Spec: docs/spec/control.md.
 */
import { fail, ok, type Result } from '../base/result.js';
import { isLinkMechanism } from '../base/sasl.js';
import { isReference, readSealedText } from '../base/secret-text.js';
import { wrongInCertificates } from '../base/tls.js';
import { wrongInEndpoint } from '../base/token-endpoint.js';
import { type AclFilters, noAcls, parseAclFilters } from './acl-filters.js';
import { type Refusal, refusal } from './errors.js';
import { type GroupFilters, noGroups, parseGroupFilters } from './group-filters.js';
import { type LinkPrefix, wrongInPrefix } from './link-prefix.js';
import { type SourceSecurity, type SourceTimeouts, securityProtocols, sourceSecurity } from './link-security.js';
import { type LinkSettingRow, linkSettingsTable, olderSpellings } from './link-settings-table.js';
import { alwaysSynced, parseSyncedSettings } from './synced-settings.js';
import { noTopics, parseTopicFilters, type TopicFilters } from './topic-filters.js';

const rows = new Map(linkSettingsTable.map((each) => [each.name, each]));

/** What the rest of klink asks of a link's settings. */
export interface LinkOptions {
  readonly bootstrapServers: string;
  readonly security: SourceSecurity;
  readonly offsetSync: { readonly everyMs: number; readonly filters: GroupFilters } | undefined;
  readonly topicConfigEveryMs: number;
  /** Topic settings that follow the source. */
  readonly syncedSettings: readonly string[];
  readonly aclSync: { readonly everyMs: number; readonly filters: AclFilters } | undefined;
  readonly autoCreate: { readonly filters: TopicFilters } | undefined;
  readonly paused: boolean;
  readonly prefix: LinkPrefix;
  readonly availability: Availability;
  readonly timeouts: SourceTimeouts;
}

/** When a source that does not answer counts as unavailable, and how often it is asked. */
export interface Availability {
  readonly askEveryMs: number;
  readonly unavailableAfterMs: number;
}

export interface CheckedSettings {
  /** Under today's names, without what was given its default explicitly and is not honoured. */
  readonly settings: Readonly<Record<string, string>>;
  readonly options: LinkOptions;
  /** Sentences for the caller: old spellings, filters that are missing. */
  readonly notes: readonly string[];
}

export function checkLinkSettings(given: ReadonlyMap<string, string>): Result<CheckedSettings, Refusal> {
  const settings: Record<string, string> = {};
  const notes: string[] = [];
  for (const [written, value] of given) {
    const name = olderSpellings[written] ?? written;
    if (name !== written) {
      if (given.has(name) && given.get(name) !== value) {
        return fail(refusal('SETTING_INVALID', `'${written}' is the older spelling of '${name}', and both are given.`));
      }
      notes.push(`${written} is accepted for older runbooks; today it is written ${name}.`);
    }
    const row = rows.get(name);
    if (row === undefined) {
      const kin = /^(local\.)?(ssl|sasl|replica|socket|connections|num)\./.test(name);
      if (kin) return fail(refusal('SETTING_UNSUPPORTED', `The setting '${name}' is none of a cluster link.`));
      return fail(refusal('SETTING_UNKNOWN', `There is no link setting '${name}'.`));
    }
    const problem = checkValue(row, value);
    if (problem) return fail(problem);
    settings[name] = value;
  }
  for (const { name, honoured, unused } of linkSettingsTable) if (!honoured && !unused) delete settings[name];
  const contradiction = schemeContradicts(settings);
  if (contradiction) return fail(contradiction);
  const bootstrap = settings['bootstrap.servers'];
  if (bootstrap !== undefined) settings['bootstrap.servers'] = withoutSchemes(bootstrap);
  const options = linkOptions(settings);
  if (!options.ok) return options;
  if (options.value.aclSync !== undefined && options.value.prefix.topics !== '') {
    const why = 'ACLs name topics as the source does, which a prefix renames';
    return fail(refusal('SETTING_INVALID', `acl.sync.enable cannot be on together with cluster.link.prefix: ${why}.`));
  }
  notes.push(...(options.value.aclSync?.filters.notes ?? []));
  if (options.value.aclSync?.filters.filters.length === 0) notes.push(NO_ACL_FILTERS);
  notes.push(...(options.value.offsetSync?.filters.notes ?? []));
  if (options.value.offsetSync?.filters.filters.length === 0) {
    notes.push(withoutFilters('Consumer offset sync', 'consumer.offset.group.filters'));
  }
  notes.push(...(options.value.autoCreate?.filters.notes ?? []));
  if (options.value.autoCreate?.filters.filters.length === 0) notes.push(NO_TOPIC_FILTERS);
  return ok({ settings, options: options.value, notes });
}

export const NO_ACL_FILTERS = withoutFilters('ACL migration', 'acl.filters');

const filterParsers: Readonly<Record<string, (text: string) => Result<unknown, string>>> = {
  'acl.filters': parseAclFilters,
  'auto.create.mirror.topics.filters': parseTopicFilters,
  'consumer.offset.group.filters': parseGroupFilters,
};

/** `SASL_SSL://host:port`, as some guides write an address, counts as `host:port`. */
function withoutSchemes(bootstrap: string): string {
  return bootstrap.replaceAll(/[A-Z_]+:\/\//g, '').replaceAll(' ', '');
}

/** An address that asks for TLS must never be spoken to in the clear, nor the other way round. */
function schemeContradicts(settings: Readonly<Record<string, string>>): Refusal | undefined {
  const protocol = settings['security.protocol'] ?? 'PLAINTEXT';
  const schemes = (settings['bootstrap.servers'] ?? '').matchAll(/([A-Z_]+):\/\//g);
  const other = [...schemes].map(([, scheme]) => scheme).find((scheme) => scheme !== protocol);
  if (other === undefined) return undefined;
  return refusal('SETTING_INVALID', `bootstrap.servers asks for ${other}, but security.protocol is ${protocol}.`);
}

/** In the published words of such a task. */
export function withoutFilters(what: string, filters: string): string {
  return `${what} is enabled but ${filters} is not set. Please set ${filters} to proceed with ${lowerFirst(what)}.`;
}

export const NO_TOPIC_FILTERS = withoutFilters(
  'Automatic creation of mirror topics',
  'auto.create.mirror.topics.filters',
);

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text[0]?.toLowerCase() + text.slice(1) : text;
}

/** A link that is asked more often than klink's own rhythm has it loses nothing; one that is asked less would be seen late. */
const ASKED_EVERY_MS = 10_000;

function availabilityOf(value: (name: string) => string | undefined): Availability {
  const everyMs = Number(value('availability.check.ms'));
  const times = Number(value('availability.check.consecutive.failure.threshold'));
  return { askEveryMs: Math.min(everyMs, ASKED_EVERY_MS), unavailableAfterMs: everyMs * times };
}

/** Of settings that were checked when they were given: an error here is a refusal of that check. */
export function linkOptions(settings: Readonly<Record<string, string>>): Result<LinkOptions, Refusal> {
  const value = (name: string): string | undefined => settings[name] ?? rows.get(name)?.default ?? undefined;
  const bootstrap = value('bootstrap.servers');
  if (bootstrap === undefined) {
    const what = "The setting 'bootstrap.servers' is missing: it says where the source is";
    return fail(refusal('SETTING_INVALID', `${what} (of a command: --source-bootstrap-server).`));
  }
  const mechanism = value('sasl.mechanism') ?? '';
  const security = sourceSecurity(settings, isLinkMechanism(mechanism) ? mechanism : 'PLAIN');
  if (!security.ok) return security;
  const filters = parseGroupFilters(value('consumer.offset.group.filters') ?? '');
  const aclFilters = parseAclFilters(value('acl.filters') ?? '');
  const synced = parseSyncedSettings(value('topic.config.sync.include') ?? '');
  const topicFilters = parseTopicFilters(value('auto.create.mirror.topics.filters') ?? '');
  const syncs = value('consumer.offset.sync.enable') === 'true';
  const prefix = value('cluster.link.prefix') ?? '';
  const prefixesGroups = value('consumer.group.prefix.enable') === 'true';
  if (prefixesGroups && prefix === '') {
    const what = "The setting 'consumer.group.prefix.enable' needs a prefix: 'cluster.link.prefix' is not set.";
    return fail(refusal('SETTING_INVALID', what));
  }
  return ok({
    bootstrapServers: withoutSchemes(bootstrap),
    security: security.value,
    offsetSync: syncs
      ? { everyMs: Number(value('consumer.offset.sync.ms')), filters: filters.ok ? filters.value : noGroups }
      : undefined,
    topicConfigEveryMs: Number(value('topic.config.sync.ms')),
    syncedSettings: synced.ok ? synced.value : alwaysSynced,
    autoCreate:
      value('auto.create.mirror.topics.enable') === 'true'
        ? { filters: topicFilters.ok ? topicFilters.value : noTopics }
        : undefined,
    paused: value('cluster.link.paused') === 'true',
    prefix: { topics: prefix, groups: prefixesGroups ? prefix : '' },
    availability: availabilityOf(value),
    timeouts: {
      // Without a word of the link klink's own times count.
      requestMs: settings['request.timeout.ms'] === undefined ? undefined : Number(settings['request.timeout.ms']),
      connectMs: Number(value('socket.connection.setup.timeout.ms')),
    },
    aclSync:
      value('acl.sync.enable') === 'true'
        ? { everyMs: Number(value('acl.sync.ms')), filters: aclFilters.ok ? aclFilters.value : noAcls }
        : undefined,
  });
}

function checkValue(row: LinkSettingRow, value: string): Refusal | undefined {
  const { name } = row;
  const invalid = (why: string) => refusal('SETTING_INVALID', `The setting '${name}' is not valid: ${why}`);
  if (!row.honoured && !row.unused) {
    if (value === (row.default ?? '')) return undefined;
    return refusal('SETTING_UNSUPPORTED', `The setting '${name}' cannot be set to that: ${row.help}.`);
  }
  switch (row.kind) {
    case 'boolean':
      return value === 'true' || value === 'false' ? undefined : invalid('it must be true or false.');
    case 'integer': {
      const { min, max } = row.bounds ?? { min: 0, max: Number.MAX_SAFE_INTEGER };
      const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
      return number >= min && number <= max ? undefined : invalid(`it must be a whole number from ${min} to ${max}.`);
    }
    case 'choice':
      if (row.choices?.includes(value)) return undefined;
      if (name === 'sasl.mechanism' && value === 'GSSAPI') {
        const instead =
          'klink speaks no Kerberos. Use SCRAM-SHA-512, OAUTHBEARER, or a certificate (security.protocol=SSL)';
        return refusal('SETTING_UNSUPPORTED', `The setting '${name}' cannot be GSSAPI: ${instead}.`);
      }
      return refusal(
        'SETTING_UNSUPPORTED',
        `The setting '${name}' must be ${row.choices?.map((each) => each || 'empty').join(' or ')} in this version.`,
      );
    case 'endpoint': {
      const problem = wrongInEndpoint(value);
      return problem === undefined ? undefined : invalid(`${problem}.`);
    }
    case 'text':
      if (name === 'link.mode' && value !== 'DESTINATION') {
        return refusal('SETTING_UNSUPPORTED', `The setting 'link.mode' must be DESTINATION: ${row.help}.`);
      }
      return value === '' ? invalid('it is empty.') : undefined;
    case 'addresses':
      return checkAddresses(value, invalid);
    case 'filters': {
      const parsed = filterParsers[name]?.(value);
      return parsed === undefined || parsed.ok ? undefined : invalid(parsed.error);
    }
    case 'topic-settings': {
      const parsed = parseSyncedSettings(value);
      return parsed.ok ? undefined : invalid(parsed.error);
    }
    case 'prefix': {
      const wrong = wrongInPrefix(value);
      return wrong === undefined ? undefined : invalid(wrong);
    }
    case 'certificates': {
      const problem = isReference(value) ? undefined : wrongInCertificates(value);
      return problem === undefined ? undefined : invalid(`${problem}.`);
    }
    case 'secret':
      // What callers write out is sealed before it comes here. The value itself must not come back in the message.
      if (isReference(value) || readSealedText(value) !== undefined) return undefined;
      return refusal('SECRET_LITERAL', `The setting '${name}' holds a secret that is not sealed.`);
  }
}

function checkAddresses(value: string, invalid: (why: string) => Refusal): Refusal | undefined {
  for (const part of value.split(',').map((each) => each.trim())) {
    const [, scheme, port] = /^(?:([A-Z_]+):\/\/)?(?:\[[0-9A-Fa-f:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(part) ?? [];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      return invalid(`"${part}" is no address like host:9092.`);
    }
    if (scheme !== undefined && !securityProtocols.some((each) => each === scheme)) {
      return refusal('SETTING_UNSUPPORTED', `"${part}" asks for ${scheme}, which this version does not speak.`);
    }
  }
  return undefined;
}
