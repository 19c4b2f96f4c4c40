/** Reads `host:port`, also `[::1]:port`, one or several separated by commas. Gives undefined for anything else. */
import type { Address } from './connection.js';

export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) return undefined;
  return { host, port };
}

export function parseAddresses(text: string): Address[] | undefined {
  const parsed = text.split(',').map(parseAddress);
  const found = parsed.filter((address) => address !== undefined);
  return found.length === parsed.length ? found : undefined;
}

export function printAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
