/**
 * Settings of a link that old runbooks and captured configurations carry along. Tuning of a client that klink does not have
 * is taken with any valid value, kept, listed as "read, not used" and changes nothing; what belongs to a mode of links that
 * does not exist here is taken with its default and else refused with what to do instead. Decision 17 has the reasons.
 */
import type { LinkSettingRow, SettingKind } from './link-settings-table.js';

const MS_MAX = 2_147_483_647;
const ANY_TIME = { min: 0, max: MS_MAX };
const ANY_SIZE = { min: -1, max: MS_MAX };

/** Taken with any valid value; `help` says what klink does instead of using it. */
export const unusedSettings: readonly LinkSettingRow[] = [
  {
    ...unused('client.dns.lookup', 'use_all_dns_ips', 'klink tries every address of a name', 'choice'),
    choices: ['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only', 'default'],
  },
  time('cluster.link.retry.timeout.ms', '300000', 'klink repeats what can be repeated without end'),
  { ...time('connections.max.idle.ms', '600000', 'klink keeps its connections'), bounds: ANY_SIZE },
  time('metadata.max.age.ms', '300000', 'klink learns of changes by itself'),
  count('num.cluster.link.fetchers', '1', 'klink reads every broker of the source at once'),
  time('replica.fetch.backoff.ms', '1000', 'klink has its own pauses'),
  size('replica.fetch.max.bytes', '5242880', 'klink sizes its requests by the memory that is free'),
  size('replica.fetch.min.bytes', '1', 'klink asks for whatever there is'),
  size('replica.fetch.response.max.bytes', '10485760', 'klink sizes its requests by the memory that is free'),
  time('replica.fetch.wait.max.ms', '500', 'klink has its own waits'),
  size('replica.socket.receive.buffer.bytes', '-1', 'the system sizes it'),
  time('replica.socket.timeout.ms', '30000', 'request.timeout.ms counts for every request'),
  time('retry.backoff.ms', '100', 'klink has its own pauses'),
  time('socket.connection.setup.timeout.max.ms', '30000', 'socket.connection.setup.timeout.ms counts each time'),
  {
    ...unused('ssl.protocol', 'TLSv1.3', 'ssl.enabled.protocols says which are spoken', 'choice'),
    choices: ['TLSv1.3', 'TLSv1.2', 'TLS'],
  },
];

const ENGINE = 'at the destination klink acts as the principal that klink.yaml names';
const MODES = 'klink runs beside the destination and connects to the source, so its links have mode DESTINATION';

/** Taken with their defaults only. */
export const localSettings: readonly LinkSettingRow[] = [
  foreign('local.listener', null, ENGINE),
  foreign('local.listener.name', null, ENGINE),
  foreign('local.sasl.jaas.config', null, ENGINE, 'secret'),
  foreign('local.sasl.login.callback.handler.class', null, ENGINE),
  foreign('local.sasl.mechanism', 'GSSAPI', ENGINE),
  foreign('local.sasl.oauthbearer.token.endpoint.url', null, ENGINE),
  foreign('local.security.protocol', 'PLAINTEXT', ENGINE),
  foreign('local.ssl.cipher.suites', null, ENGINE),
  foreign('local.ssl.enabled.protocols', 'TLSv1.2,TLSv1.3', ENGINE),
  foreign('local.ssl.endpoint.identification.algorithm', 'https', ENGINE),
  foreign('local.ssl.key.password', null, ENGINE, 'secret'),
  foreign('local.ssl.keystore.certificate.chain', null, ENGINE, 'certificates'),
  foreign('local.ssl.keystore.key', null, ENGINE, 'secret'),
  foreign('local.ssl.keystore.location', null, ENGINE),
  foreign('local.ssl.keystore.password', null, ENGINE, 'secret'),
  foreign('local.ssl.keystore.type', 'JKS', ENGINE),
  foreign('local.ssl.protocol', 'TLSv1.3', ENGINE),
  foreign('local.ssl.truststore.certificates', null, ENGINE, 'certificates'),
  foreign('local.ssl.truststore.location', null, ENGINE),
  foreign('local.ssl.truststore.password', null, ENGINE, 'secret'),
  foreign('local.ssl.truststore.type', 'JKS', ENGINE),
  foreign('remote.link.connection.mode', null, MODES),
];

function unused(name: string, standard: string | null, help: string, kind: SettingKind): LinkSettingRow {
  return { name, kind, default: standard, live: true, honoured: false, unused: true, help };
}

function time(name: string, standard: string, help: string): LinkSettingRow {
  return { ...unused(name, standard, help, 'integer'), unit: 'ms', bounds: ANY_TIME };
}

function size(name: string, standard: string, help: string): LinkSettingRow {
  return { ...unused(name, standard, help, 'integer'), unit: 'bytes', bounds: ANY_SIZE };
}

function count(name: string, standard: string, help: string): LinkSettingRow {
  return { ...unused(name, standard, help, 'integer'), bounds: { min: 1, max: 1_000 } };
}

function foreign(name: string, standard: string | null, help: string, kind: SettingKind = 'text'): LinkSettingRow {
  return { name, kind, default: standard, live: false, honoured: false, help };
}
