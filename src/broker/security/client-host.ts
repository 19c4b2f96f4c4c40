/**
 * The address of a client as Kafka's ACLs and groups know it: without port, an IPv4 address that came by IPv6 as what it is,
 * an IPv6 address with all of its eight groups, as Java writes them. Serves docs/spec/broker.md §9.
 */

const GROUPS = 8;

/** `remote`: host and port of a connection. */
export function clientHostOf(remote: string): string {
  const [host = ''] = remote.split(/:(?=\d+$)/);
  const plain = host.replace(/^::ffff:(?=\d+\.)/, '');
  return /^[0-9a-f:]*:[0-9a-f:]*$/i.test(plain) ? inFull(plain) : plain;
}

function inFull(address: string): string {
  const [before = [], after] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, GROUPS - before.length - (after?.length ?? 0))).fill('0');
  const groups = after === undefined ? before : [...before, ...zeros, ...after];
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
