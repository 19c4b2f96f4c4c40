/**
 * Refuses what TypeScript would: from JavaScript an option of the wrong kind would be misread, or fail where nobody knows why.
 * Says what is wrong and what to give instead. Serves docs/spec/broker.md §7.1.
 */
import type { BrokerOptions } from './broker.js';
import { type Acl, refusalOfAcl } from './security/acl.js';
import { securityProtocols } from './security/session.js';

type Checked = Pick<BrokerOptions, 'listeners' | 'config' | 'clusterId' | 'initial'> & {
  readonly directory?: string | undefined;
};

const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const hasMethods =
  (...names: readonly string[]) =>
  (value: unknown) =>
    names.every((name) => typeof (value as Readonly<Record<string, unknown>> | null)?.[name] === 'function');

/** What each option has to be before anybody looks into it. */
const KINDS: Readonly<Record<string, readonly [is: (value: unknown) => boolean, give: string]>> = {
  listeners: [Array.isArray, 'a list of { protocol, listen }'],
  config: [isRecord, "an object of settings, as in { 'num.partitions': '3' }"],
  initial: [isRecord, '{ users, acls }'],
  nodeId: [isWhole, 'a whole number from 0 on'],
  log: [hasMethods('debug', 'info', 'warn', 'error', 'child'), 'an object with debug, info, warn, error and child'],
  clock: [hasMethods('nowMs', 'monotonicMs'), 'a Clock, such as systemClock'],
  random: [hasMethods('bytes', 'next'), 'a Random, such as systemRandom'],
  network: [hasMethods('listen'), 'a Network, such as systemNetwork'],
  disk: [hasMethods('open', 'list'), 'a Disk, such as systemDisk'],
};

/** Settings of Kafka's that are options here, or always the same: as settings they would be shown, and change nothing. */
const NO_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['listeners', 'give host, port and listeners (--host, --port, --listener)'],
  ['log.dir', 'give directory (--dir)'],
  ['log.dirs', 'give directory (--dir)'],
  ['node.id', 'give nodeId (--node-id)'],
  ['broker.id', 'give nodeId (--node-id)'],
  ['process.roles', 'leave it out, the broker is its own controller'],
]);

/** Throws where `options` is no object, or an option is of another kind than what reads it. */
export function checkKinds(options: unknown): void {
  if (!isRecord(options)) {
    throw new Error(`startBroker was given ${kindOf(options)}: give an object of options, or nothing`);
  }
  for (const [name, [is, give]] of Object.entries(KINDS)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || is(value)) continue;
    throw new Error(`${name} is ${kindOf(value)}: give ${give}, or leave it out`);
  }
}

/** Throws. */
export function checkOptions({ directory, listeners, config = {}, clusterId, initial }: Checked): void {
  if (directory !== undefined) checkText('directory', directory, 'one of its own');
  if (clusterId !== undefined) checkText('clusterId', clusterId, 'a random one');
  for (const each of listeners) {
    const { protocol, listen } = each;
    if (!securityProtocols.includes(protocol)) {
      throw new Error(`a listener's protocol ${shown(protocol)} is none: take one of ${securityProtocols.join(', ')}`);
    }
    for (const [name, address] of Object.entries({ listen, advertised: each.advertised })) {
      if (name === 'advertised' && address === undefined) continue;
      checkAddress(`${name} of the listener ${protocol}`, address);
    }
  }
  for (const [name, value] of Object.entries(config)) {
    const instead = NO_SETTINGS.get(name);
    if (instead !== undefined) throw new Error(`${name} is no setting here: ${instead}`);
    if (typeof value === 'string') continue;
    throw new Error(`the setting ${name} is ${shown(value)}: settings are texts, give '${String(value)}'`);
  }
  for (const [at, { name, password }] of (initial?.users ?? []).entries()) {
    if (typeof name !== 'string' || name === '') throw new Error(`user ${at} of initial has no name: give a text`);
    if (typeof password !== 'string' || password === '') {
      throw new Error(`user ${name} of initial has no password: give a text`);
    }
  }
  for (const [at, acl] of (initial?.acls ?? []).entries()) checkAcl(acl, at);
}

/** Throws: an ACL of another form would be kept, and fit nothing. */
function checkAcl(acl: Acl, at: number): void {
  for (const name of ['resourceName', 'principal', 'host'] as const) {
    if (typeof acl[name] === 'string' && acl[name] !== '') continue;
    throw new Error(`ACL ${at} of initial has the ${name} ${shown(acl[name])}: give a text`);
  }
  for (const name of ['resourceType', 'patternType', 'operation', 'permissionType'] as const) {
    if (isWhole(acl[name])) continue;
    throw new Error(`ACL ${at} of initial has the ${name} ${shown(acl[name])}: give its number in Kafka's protocol`);
  }
  const refusal = refusalOfAcl(acl);
  if (refusal !== undefined) throw new Error(`ACL ${at} of initial: ${refusal}`);
}

function checkText(what: string, value: unknown, otherwise: string): void {
  if (typeof value === 'string' && value !== '') return;
  throw new Error(`${what} is ${shown(value)}: give a text, or leave it out for ${otherwise}`);
}

function checkAddress(what: string, address: unknown): void {
  const { host, port } = (address ?? {}) as { readonly host?: unknown; readonly port?: unknown };
  if (typeof host !== 'string' || host === '') {
    throw new Error(`${what} has the host ${shown(host)}: give { host, port }, with a name or an address as host`);
  }
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`${what} has the port ${shown(port)}: give a number from 0 (any free one) to 65535`);
  }
}

/** Not the value itself: that of `initial` holds passwords. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object of another kind';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
