/**
 * Where clients are told to connect, which is not where a broker listens when it stands in a container, or takes whoever comes.
 * `advertised.listeners` is read as Kafka reads it, a listener's name being its protocol. Serves docs/spec/broker.md §9.1.
 */
import type { Address } from '../base/connection.js';
import { type SecurityProtocol, securityProtocols } from './security/session.js';
import type { ListenerOptions } from './server.js';

const SETTING = 'advertised.listeners';
/** All addresses of a machine: to listen at, not to connect to. */
const EVERYWHERE = /^(0\.0\.0\.0|[0:]+)$/;

/** `<protocol>://<host>:<port>`; undefined for anything else. */
export function parseListener(text: string): { readonly protocol: SecurityProtocol; readonly at: Address } | undefined {
  const [, name = '', host = '', port = ''] = /^([A-Z_]+):\/\/\[?([^\]]*?)\]?:(\d{1,5})$/.exec(text) ?? [];
  const protocol = securityProtocols.find((each) => each === name);
  if (protocol === undefined || host === '' || Number(port) > 65_535) return undefined;
  return { protocol, at: { host, port: Number(port) } };
}

/** The listeners with what the setting says of them. Throws, with what to do, where clients could not connect. */
export function withAdvertised(
  listeners: readonly ListenerOptions[],
  setting: string | undefined,
): readonly ListenerOptions[] {
  const told = new Map<SecurityProtocol, Address>();
  for (const text of setting?.split(',') ?? []) {
    const parsed = parseListener(text.trim());
    if (!parsed) throw new Error(`${SETTING} ${text} is not of the form <protocol>://<host>:<port>`);
    const { protocol, at } = parsed;
    const count = listeners.filter((each) => each.protocol === protocol).length;
    if (count === 0)
      throw new Error(`${SETTING} names ${protocol}, and nothing listens for it: add a listener, or leave it out`);
    if (count > 1 || told.has(protocol)) {
      throw new Error(`${SETTING} names ${protocol}, which is there twice: say it once, for one listener`);
    }
    told.set(protocol, at);
  }
  return listeners.map((listener) => {
    const { protocol, listen } = listener;
    const advertised = listener.advertised ?? told.get(protocol);
    const { host } = advertised ?? listen;
    if (EVERYWHERE.test(host)) {
      throw new Error(
        `nobody can connect to ${host}: say where clients can, as in ${SETTING}=${protocol}://<host>:${listen.port}`,
      );
    }
    return { ...listener, advertised };
  });
}
