/**
 * The settings of a link as one table: default, unit, bounds, who may change it, help. It holds what is published for
 * cluster links also where this version cannot honour it. `link-settings.ts` checks by it. Spec: docs/spec/control.md.
 */
import { linkMechanisms } from '../base/sasl.js';
import { securityProtocols } from './link-security.js';
import { localSettings, unusedSettings } from './link-settings-quiet.js';
import { alwaysSynced, syncedByDefault } from './synced-settings.js';

export type SettingKind =
  | 'boolean'
  | 'integer'
  | 'choice'
  | 'text'
  | 'addresses'
  | 'filters'
  | 'prefix'
  | 'topic-settings'
  | 'certificates'
  | 'endpoint'
  | 'secret';

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
  /** False: recognised, and refused with `help` unless the value is the default, or it is `unused`. */
  readonly honoured: boolean;
  /** Taken with any valid value, kept and listed, and nothing hangs on it; `help` says why. */
  readonly unused?: true;
  readonly help: string;
}

const PEM_ONLY = 'klink reads certificates and keys as PEM, given';

const settingsOfLinks: readonly LinkSettingRow[] = [
  {
    name: 'acl.filters',
    kind: 'filters',
    default: '',
    live: true,
    honoured: true,
    help: 'ACLs that are synced: {"aclFilters": [{"resourceFilter", "accessFilter"}]}; exclude wins.',
  },
  {
    name: 'acl.sync.enable',
    kind: 'boolean',
    default: 'false',
    live: true,
    honoured: true,
    help: 'Brings the chosen ACLs of the source, and takes away those it brought once the source has them no longer.',
  },
  {
    name: 'acl.sync.ms',
    kind: 'integer',
    default: '5000',
    unit: 'ms',
    bounds: { min: 1_000, max: 86_400_000 },
    live: true,
    honoured: true,
    help: 'How often ACLs are synced.',
  },
  {
    name: 'auto.create.mirror.topics.enable',
    kind: 'boolean',
    default: 'false',
    live: true,
    honoured: true,
    help: 'Makes mirror topics of the chosen source topics by itself.',
  },
  {
    name: 'auto.create.mirror.topics.filters',
    kind: 'filters',
    default: '',
    live: true,
    honoured: true,
    help: 'Source topics that are mirrored: {"topicFilters": [{"name", "patternType", "filterType"}]}; exclude wins.',
  },
  {
    name: 'availability.check.consecutive.failure.threshold',
    kind: 'integer',
    default: '5',
    bounds: { min: 1, max: 1_000 },
    live: true,
    honoured: true,
    help: 'After so many times availability.check.ms without an answer the source counts as unavailable.',
  },
  {
    name: 'availability.check.ms',
    kind: 'integer',
    default: '60000',
    unit: 'ms',
    bounds: { min: 1_000, max: 3_600_000 },
    live: true,
    honoured: true,
    help: 'How often the source is asked whether it is there; klink asks every 10 s at least.',
  },
  {
    name: 'bootstrap.servers',
    kind: 'addresses',
    default: null,
    live: false,
    honoured: true,
    help: 'Where the source cluster is first asked: host:port, several parted by commas.',
  },
  {
    name: 'cluster.link.paused',
    kind: 'boolean',
    default: 'false',
    live: true,
    honoured: true,
    help: 'Holds everything on the link: copying, syncs, new mirrors. Failover works all the same.',
  },
  {
    name: 'cluster.link.prefix',
    kind: 'prefix',
    default: null,
    live: true,
    honoured: true,
    help: 'Stands before the name of each mirror topic of the link; fixed while it has live mirror topics.',
  },
  later('connection.mode', 'OUTBOUND', 'klink connects to the source: run it where the source can be reached'),
  {
    name: 'consumer.group.prefix.enable',
    kind: 'boolean',
    default: 'false',
    live: true,
    honoured: true,
    help: 'The prefix of the link stands before the names of its consumer groups as well.',
  },
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
  later(
    'mirror.start.offset.spec',
    'earliest',
    'a mirror has the offsets of its source from the first record on, so it begins at the first',
  ),
  {
    name: 'password',
    kind: 'secret',
    default: null,
    live: true,
    honoured: true,
    help: 'Password at the source, as a reference: ${env:NAME}, ${file:/path} or ${file:/path:key}.',
  },
  {
    name: 'request.timeout.ms',
    kind: 'integer',
    default: '30000',
    unit: 'ms',
    bounds: { min: 100, max: 600_000 },
    live: true,
    honoured: true,
    help: 'How long klink waits for an answer of the source to a question about it.',
  },
  {
    name: 'sasl.jaas.config',
    kind: 'secret',
    default: null,
    live: true,
    honoured: true,
    help: 'The login line of Kafka clients, as a reference to the whole line; or use username and password.',
  },
  {
    ...later('sasl.login.callback.handler.class', null, 'klink brings its own', 'choice'),
    choices: [
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler',
      'org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler',
    ],
    live: true,
    unused: true,
    help: 'klink fetches tokens itself, as that class of Kafka does',
  },
  {
    name: 'sasl.mechanism',
    kind: 'choice',
    default: 'PLAIN',
    choices: linkMechanisms,
    live: true,
    honoured: true,
    help: 'How klink logs in at the source with SASL_PLAINTEXT and SASL_SSL.',
  },
  {
    name: 'sasl.oauthbearer.token.endpoint.url',
    kind: 'endpoint',
    default: null,
    live: true,
    honoured: true,
    help: 'Where OAUTHBEARER tokens are fetched, by client credentials: https, or http on this machine.',
  },
  {
    name: 'security.protocol',
    kind: 'choice',
    default: 'PLAINTEXT',
    choices: securityProtocols,
    live: true,
    honoured: true,
    help: 'How klink connects to the source.',
  },
  {
    name: 'socket.connection.setup.timeout.ms',
    kind: 'integer',
    default: '10000',
    unit: 'ms',
    bounds: { min: 100, max: 600_000 },
    live: true,
    honoured: true,
    help: 'How long opening a connection to the source may take, with TLS and login.',
  },
  later('ssl.cipher.suites', null, 'klink takes the suites that Node holds secure: leave it out'),
  later('ssl.enabled.protocols', 'TLSv1.2,TLSv1.3', 'klink speaks TLS 1.2 and 1.3: leave it out'),
  {
    name: 'ssl.endpoint.identification.algorithm',
    kind: 'choice',
    default: 'https',
    choices: ['https', ''],
    live: true,
    honoured: true,
    help: 'Empty: the certificate of the source may be made out for any name.',
  },
  {
    name: 'ssl.key.password',
    kind: 'secret',
    default: null,
    live: true,
    honoured: true,
    help: 'Password of ssl.keystore.key, as a reference, if that is encrypted.',
  },
  {
    name: 'ssl.keystore.certificate.chain',
    kind: 'certificates',
    default: null,
    live: true,
    honoured: true,
    help: "klink's own certificate for the source, then those between it and its authority: PEM, or a reference.",
  },
  {
    name: 'ssl.keystore.key',
    kind: 'secret',
    default: null,
    live: true,
    honoured: true,
    help: 'The private key of the first certificate there: a reference to PEM (PKCS #8).',
  },
  later('ssl.keystore.location', null, `${PEM_ONLY} as ssl.keystore.certificate.chain and ssl.keystore.key`),
  later('ssl.keystore.password', null, `${PEM_ONLY} as ssl.keystore.certificate.chain and ssl.keystore.key`, 'secret'),
  later('ssl.keystore.type', 'PEM', `${PEM_ONLY} as ssl.keystore.certificate.chain and ssl.keystore.key`),
  {
    name: 'ssl.truststore.certificates',
    kind: 'certificates',
    default: null,
    live: true,
    honoured: true,
    help: "Who may have signed the source's certificate: PEM, or a reference. Default: the public authorities.",
  },
  later('ssl.truststore.location', null, `${PEM_ONLY} as ssl.truststore.certificates=\${file:/path}`),
  later('ssl.truststore.password', null, `${PEM_ONLY} as ssl.truststore.certificates=\${file:/path}`, 'secret'),
  later('ssl.truststore.type', 'PEM', `${PEM_ONLY} as ssl.truststore.certificates=\${file:/path}`),
  {
    name: 'topic.config.sync.include',
    kind: 'topic-settings',
    default: syncedByDefault.join(','),
    live: true,
    honoured: true,
    help: `Topic settings that follow the source, beside those that always do: ${alwaysSynced.join(', ')}.`,
  },
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

/** Published: turning a feature off clears its filters. */
export const filtersOfFeature: Readonly<Record<string, string>> = {
  'acl.sync.enable': 'acl.filters',
  'auto.create.mirror.topics.enable': 'auto.create.mirror.topics.filters',
  'consumer.offset.sync.enable': 'consumer.offset.group.filters',
};

/** Published spellings of before: the setting that is meant today. */
export const olderSpellings: Readonly<Record<string, string>> = { 'link.prefix': 'cluster.link.prefix' };

/** In the order in which they are listed. */
export const linkSettingsTable: readonly LinkSettingRow[] = [
  ...settingsOfLinks,
  ...unusedSettings,
  ...localSettings,
].sort((a, b) => (a.name < b.name ? -1 : 1));

function later(name: string, standard: string | null, help: string, kind: SettingKind = 'text'): LinkSettingRow {
  return { name, kind, default: standard, live: false, honoured: false, help };
}
