/**
 * The settings of a link as one table: default, unit, bounds, who may change it, help; and the check of what a caller
 * gives. Refuses unknown names, values out of bounds, secrets written out, and published settings that this version
 * cannot honour, unless they are given their default. Spec: docs/spec/control.md.
 */
import { fail, ok, type Result } from '../base/result.js';
import { isSaslMechanism, type SaslMechanism, saslMechanisms } from '../base/sasl.js';
import { type Refusal, refusal } from './errors.js';
import { type GroupFilters, noGroups, parseGroupFilters } from './group-filters.js';

export type SettingKind = 'boolean' | 'integer' | 'choice' | 'text' | 'addresses' | 'filters' | 'secret';

export interface LinkSettingRow {
  readonly name: string;
  readonly kind: SettingKind;
  /** Null: none. */
  readonly default: string | null;
  readonly unit?: 'ms' | 'bytes';
  readonly bounds?: { readonly min: number; readonly max: number };
  readonly choices?: readonly string[];
  /** May be changed while the link runs, once links can be altered. */
  readonly live: boolean;
  /** False: recognised, and refused with `help` unless the value is the default. */
  readonly honoured: boolean;
  readonly help: string;
}

const NEXT = 'comes with a later version';

export const linkSettingsTable: readonly LinkSettingRow[] = [
  later('acl.filters', '', `ACL sync ${NEXT}`),
  later('acl.sync.enable', 'false', `ACL sync ${NEXT}`, 'boolean'),
  later('acl.sync.ms', '5000', `ACL sync ${NEXT}`, 'integer'),
  later('auto.create.mirror.topics.enable', 'false', `creating mirror topics by filter ${NEXT}`, 'boolean'),
  later('auto.create.mirror.topics.filters', '', `creating mirror topics by filter ${NEXT}`),
  later('availability.check.consecutive.failure.threshold', '5', 'klink checks every source alike', 'integer'),
  later('availability.check.ms', '60000', 'klink checks every source alike', 'integer'),
  {
    name: 'bootstrap.servers',
    kind: 'addresses',
    default: null,
    live: false,
    honoured: true,
    help: 'Where the source cluster is first asked: host:port, several parted by commas.',
  },
  later('client.dns.lookup', 'use_all_dns_ips', 'klink always tries every address'),
  later('cluster.link.paused', 'false', `pausing a whole link ${NEXT}`, 'boolean'),
  later('cluster.link.prefix', null, `a prefix ${NEXT}`),
  later('connection.mode', 'OUTBOUND', 'klink connects to the source, never the other way round'),
  later('consumer.group.prefix.enable', 'false', `a prefix ${NEXT}`, 'boolean'),
  {
    name: 'consumer.offset.group.filters',
    kind: 'filters',
    default: '',
    live: true,
    honoured: true,
    help: 'Groups whose offsets are synced: {"groupFilters": [{"name", "patternType", "filterType"}]}; exclude wins.',
  },
  {
    name: 'consumer.offset.sync.enable',
    kind: 'boolean',
    default: 'false',
    live: true,
    honoured: true,
    help: 'Copies the committed offsets of the chosen groups for mirrored topics.',
  },
  {
    name: 'consumer.offset.sync.ms',
    kind: 'integer',
    default: '30000',
    unit: 'ms',
    bounds: { min: 1_000, max: 86_400_000 },
    live: true,
    honoured: true,
    help: 'How often group offsets are synced.',
  },
  { ...later('link.mode', 'DESTINATION', `other modes than DESTINATION come with a later version`), honoured: true },
  later('link.prefix', null, `a prefix ${NEXT}`),
  later('local.listener', null, 'only links of mode DESTINATION exist yet'),
  later('local.listener.name', null, 'only links of mode DESTINATION exist yet'),
  later('local.sasl.jaas.config', null, 'only links of mode DESTINATION exist yet', 'secret'),
  later('local.sasl.mechanism', null, 'only links of mode DESTINATION exist yet'),
  later('local.security.protocol', null, 'only links of mode DESTINATION exist yet'),
  later('metadata.max.age.ms', '300000', 'klink learns of changes by itself', 'integer'),
  later('mirror.start.offset.spec', 'earliest', `mirroring from a later offset ${NEXT}`),
  {
    name: 'password',
    kind: 'secret',
    default: null,
    live: true,
    honoured: true,
    help: 'Password at the source, as a reference: ${env:NAME}, ${file:/path} or ${file:/path:key}.',
  },
  later('remote.link.connection.mode', null, 'only links of mode DESTINATION exist yet'),
  later('request.timeout.ms', '30000', 'klink has its own timeouts', 'integer'),
  later('retry.backoff.ms', '100', 'klink has its own pauses', 'integer'),
  {
    name: 'sasl.jaas.config',
    kind: 'secret',
    default: null,
    live: true,
    honoured: true,
    help: 'The login line of Kafka clients, as a reference to the whole line; or use username and password.',
  },
  {
    name: 'sasl.mechanism',
    kind: 'choice',
    default: 'PLAIN',
    choices: saslMechanisms,
    live: true,
    honoured: true,
    help: 'How klink logs in at the source with SASL_PLAINTEXT.',
  },
  {
    name: 'security.protocol',
    kind: 'choice',
    default: 'PLAINTEXT',
    choices: ['PLAINTEXT', 'SASL_PLAINTEXT'],
    live: true,
    honoured: true,
    help: 'How klink connects to the source.',
  },
  later('topic.config.sync.include', null, 'klink syncs every setting that follows the source'),
  {
    name: 'topic.config.sync.ms',
    kind: 'integer',
    default: '5000',
    unit: 'ms',
    bounds: { min: 1_000, max: 86_400_000 },
    live: true,
    honoured: true,
    help: 'How often the settings of source topics are read.',
  },
  {
    name: 'username',
    kind: 'text',
    default: null,
    live: true,
    honoured: true,
    help: 'Account at the source; needs password.',
  },
];

const rows = new Map(linkSettingsTable.map((each) => [each.name, each]));

/** What the rest of klink asks of a link's settings. */
export interface LinkOptions {
  readonly bootstrapServers: string;
  readonly login: SourceLogin;
  readonly offsetSync: { readonly everyMs: number; readonly filters: GroupFilters } | undefined;
  readonly topicConfigEveryMs: number;
}

/** References only: who opens the connection resolves them, and nobody else ever sees the value. */
export type SourceLogin =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'password';
      readonly mechanism: SaslMechanism;
      readonly username: string;
      readonly passwordReference: string;
    }
  | { readonly kind: 'jaas'; readonly mechanism: SaslMechanism; readonly reference: string };

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
  for (const [name, value] of given) {
    const row = rows.get(name);
    if (row === undefined) {
      const kin = /^(local\.)?(ssl|sasl|replica|socket|connections|num)\./.test(name);
      if (kin) return fail(refusal('SETTING_UNSUPPORTED', `The setting '${name}' is not honoured by this version.`));
      return fail(refusal('SETTING_UNKNOWN', `There is no link setting '${name}'.`));
    }
    const problem = checkValue(row, value);
    if (problem) return fail(problem);
    settings[name] = value;
  }
  for (const { name, honoured } of linkSettingsTable) if (!honoured) delete settings[name];
  const options = linkOptions(settings);
  if (!options.ok) return options;
  notes.push(...(options.value.offsetSync?.filters.notes ?? []));
  if (options.value.offsetSync?.filters.filters.length === 0) {
    notes.push(
      'consumer.offset.sync.enable is on but consumer.offset.group.filters names no group: nothing is synced.',
    );
  }
  return ok({ settings, options: options.value, notes });
}

/** Of settings that were checked when they were given: an error here is a refusal of that check. */
export function linkOptions(settings: Readonly<Record<string, string>>): Result<LinkOptions, Refusal> {
  const value = (name: string): string | undefined => settings[name] ?? rows.get(name)?.default ?? undefined;
  const bootstrap = value('bootstrap.servers');
  if (bootstrap === undefined) {
    return fail(refusal('SETTING_INVALID', "The setting 'bootstrap.servers' is missing: it says where the source is."));
  }
  const mechanism = value('sasl.mechanism') ?? '';
  const login = loginOf(settings, value('security.protocol') ?? '', isSaslMechanism(mechanism) ? mechanism : 'PLAIN');
  if (!login.ok) return login;
  const filters = parseGroupFilters(value('consumer.offset.group.filters') ?? '');
  const syncs = value('consumer.offset.sync.enable') === 'true';
  return ok({
    bootstrapServers: bootstrap.replaceAll(/[A-Z_]+:\/\//g, '').replaceAll(' ', ''),
    login: login.value,
    offsetSync: syncs
      ? { everyMs: Number(value('consumer.offset.sync.ms')), filters: filters.ok ? filters.value : noGroups }
      : undefined,
    topicConfigEveryMs: Number(value('topic.config.sync.ms')),
  });
}

const secretReference = /^\$\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^}]+)\}$/;

function checkValue(row: LinkSettingRow, value: string): Refusal | undefined {
  const { name } = row;
  const invalid = (why: string) => refusal('SETTING_INVALID', `The setting '${name}' is not valid: ${why}`);
  if (!row.honoured) {
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
      return refusal(
        'SETTING_UNSUPPORTED',
        `The setting '${name}' must be ${row.choices?.join(' or ')} in this version.`,
      );
    case 'text':
      if (name === 'link.mode' && value !== 'DESTINATION') {
        return refusal('SETTING_UNSUPPORTED', `The setting 'link.mode' must be DESTINATION: ${row.help}.`);
      }
      return value === '' ? invalid('it is empty.') : undefined;
    case 'addresses':
      return checkAddresses(value, invalid);
    case 'filters': {
      const parsed = parseGroupFilters(value);
      return parsed.ok ? undefined : invalid(parsed.error);
    }
    case 'secret':
      // The value itself must not come back in the message.
      if (secretReference.test(value)) return undefined;
      return refusal('SECRET_LITERAL', `The setting '${name}' holds a secret written out, which klink does not store.`);
  }
}

function checkAddresses(value: string, invalid: (why: string) => Refusal): Refusal | undefined {
  for (const part of value.split(',').map((each) => each.trim())) {
    const [, scheme, port] = /^(?:([A-Z_]+):\/\/)?(?:\[[0-9A-Fa-f:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(part) ?? [];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      return invalid(`"${part}" is no address like host:9092.`);
    }
    if (scheme !== undefined && !['PLAINTEXT', 'SASL_PLAINTEXT'].includes(scheme)) {
      return refusal('SETTING_UNSUPPORTED', `"${part}" asks for ${scheme}, which this version does not speak.`);
    }
  }
  return undefined;
}

function loginOf(
  settings: Readonly<Record<string, string>>,
  protocol: string,
  mechanism: SaslMechanism,
): Result<SourceLogin, Refusal> {
  const { username, password, 'sasl.jaas.config': jaas } = settings;
  const wrong = (what: string) => fail(refusal('SETTING_INVALID', what));
  if (protocol === 'PLAINTEXT') {
    if (username === undefined && password === undefined && jaas === undefined) return ok({ kind: 'none' });
    return wrong('Credentials are given, but security.protocol is PLAINTEXT: they would not be used.');
  }
  if (jaas !== undefined) {
    if (username === undefined && password === undefined) return ok({ kind: 'jaas', mechanism, reference: jaas });
    return wrong('Give either sasl.jaas.config or username and password, not both.');
  }
  if (username === undefined || password === undefined) {
    return wrong('security.protocol SASL_PLAINTEXT needs username and password, or sasl.jaas.config.');
  }
  return ok({ kind: 'password', mechanism, username, passwordReference: password });
}

function later(name: string, standard: string | null, help: string, kind: SettingKind = 'text'): LinkSettingRow {
  return { name, kind, default: standard, live: false, honoured: false, help };
}
