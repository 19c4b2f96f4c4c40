/**
 * The settings of a link as one table: default, unit, bounds, who may change it, help. It holds what is published for
 * cluster links also where this version cannot honour it. `link-settings.ts` checks by it. Spec: docs/spec/control.md.
 */
import { saslMechanisms } from '../base/sasl.js';
import { securityProtocols } from './link-security.js';

export type SettingKind =
  | 'boolean'
  | 'integer'
  | 'choice'
  | 'text'
  | 'addresses'
  | 'filters'
  | 'certificates'
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
  /** False: recognised, and refused with `help` unless the value is the default. */
  readonly honoured: boolean;
  readonly help: string;
}

const NEXT = 'comes with a later version';
const PEM_ONLY = 'klink reads certificates and keys as PEM, given';

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
  {
    name: 'cluster.link.paused',
    kind: 'boolean',
    default: 'false',
    live: true,
    honoured: true,
    help: 'Holds everything on the link: copying, syncs, new mirrors. Failover works all the same.',
  },
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
    help: 'How klink logs in at the source with SASL_PLAINTEXT and SASL_SSL.',
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
  later('ssl.cipher.suites', null, 'klink takes the suites that Node holds secure'),
  later('ssl.enabled.protocols', 'TLSv1.2,TLSv1.3', 'klink speaks TLS 1.2 and 1.3'),
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
  later('ssl.protocol', 'TLSv1.3', 'klink speaks TLS 1.2 and 1.3'),
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

function later(name: string, standard: string | null, help: string, kind: SettingKind = 'text'): LinkSettingRow {
  return { name, kind, default: standard, live: false, honoured: false, help };
}
