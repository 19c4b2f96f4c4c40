/**
 * Refuses what TypeScript would: from JavaScript an option of the wrong kind would be misread, or fail where nobody knows why.
 * Says what is wrong and what to give instead. Serves docs/spec/broker.md §7.1.
 */
import type { BrokerOptions } from './broker.js';
import { securityProtocols } from './security/session.js';

type Checked = Pick<BrokerOptions, 'listeners' | 'config' | 'clusterId' | 'initial'> & {
  readonly directory?: string | undefined;
};

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
    if (typeof value === 'string') continue;
    throw new Error(`the setting ${name} is ${shown(value)}: settings are texts, give '${String(value)}'`);
  }
  for (const [at, { name, password }] of (initial?.users ?? []).entries()) {
    if (typeof name !== 'string' || name === '') throw new Error(`user ${at} of initial has no name: give a text`);
    if (typeof password !== 'string' || password === '') {
      throw new Error(`user ${name} of initial has no password: give a text`);
    }
  }
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

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
