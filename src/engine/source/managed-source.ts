/**
 * What changes where this server manages the source of a link as well. An API key is a SCRAM user there, and its link says
 * PLAIN, as published guides have it: the cluster is asked, as engine principal, whether the name is a SCRAM user. A password
 * is never sent to find out. Its private authority is trusted. TLS is left out towards a loopback address only, and only where
 * klink itself speaks to that very address in the clear. Spec: docs/spec/client.md §7.
 */
import { printAddress } from '../../base/addresses.js';
import type { Address } from '../../base/connection.js';
import type { AnyLogin, SaslLogin, SaslMechanism } from '../../base/sasl.js';
import { NotSent, type Surroundings } from '../../client/types.js';
import type { SourceAddress } from './address.js';

export interface ManagedSource {
  readonly name: string;
  /** Where klink and clients connect. */
  readonly addresses: readonly Address[];
  /** Undefined until it has answered. */
  clusterId(): string | undefined;
  /** PEM: who signs its certificates, where that is no public authority. */
  readonly authorities: string | undefined;
  /** Those that klink itself speaks to in the clear. */
  readonly clearAddresses: readonly Address[];
  /** Where API keys log in by TLS; empty: klink.yaml names no such place. */
  readonly loginAddresses: readonly Address[];
  /** Of this user, strongest first; none: it is no SCRAM user, or nobody may know. Rejects when it cannot be asked now. */
  scramMechanisms(user: string): Promise<readonly SaslMechanism[]>;
}

/** By the id of the source where the link knows it, else by any address. */
export function managedSourceOf(
  address: SourceAddress,
  bootstrap: readonly Address[],
  managed: readonly ManagedSource[],
): ManagedSource | undefined {
  const { sourceClusterId } = address;
  return (
    managed.find((each) => sourceClusterId !== undefined && each.clusterId() === sourceClusterId) ??
    managed.find((each) => bootstrap.some((one) => each.addresses.some((other) => isSame(one, other))))
  );
}

export interface Way {
  readonly bootstrap: readonly Address[];
  /** TLS is left out towards loopback addresses. */
  readonly inTheClear: boolean;
  /** What is done otherwise than the link says, in a sentence. */
  readonly note: string | undefined;
}

/** Where and how a link connects that wants this. */
export function wayTo(
  bootstrap: readonly Address[],
  managed: ManagedSource | undefined,
  wants: { readonly tls: boolean; readonly login: boolean },
): Way {
  const asWritten = { bootstrap, inTheClear: false, note: undefined };
  if (managed === undefined || !wants.tls) return asWritten;
  const written = bootstrap.map(printAddress).join(',');
  if (isClearLoopback(bootstrap, managed)) {
    const note = `${managed.name} has no TLS at ${written}: this loopback address is asked in the clear.`;
    return { bootstrap, inTheClear: true, note };
  }
  const instead = wants.login ? loginInstead(bootstrap, managed) : undefined;
  if (instead === undefined) return asWritten;
  const there = instead.map(printAddress).join(',');
  return {
    ...asWritten,
    bootstrap: instead,
    note: `${managed.name} takes logins by TLS at ${there}, not at ${written}: klink connects there.`,
  };
}

/** Every address of the link is a loopback one that klink itself speaks to in the clear, as manager of that cluster. */
function isClearLoopback(bootstrap: readonly Address[], { clearAddresses, loginAddresses }: ManagedSource): boolean {
  if (loginAddresses.length > 0) return false;
  return bootstrap.every((one) => isLoopback(one) && clearAddresses.some((other) => isSame(one, other)));
}

/**
 * Where a link that wants TLS is sent in place of loopback addresses of the same cluster that are for something else: a
 * guide names the one address that it shows. Undefined: nowhere else.
 */
function loginInstead(
  bootstrap: readonly Address[],
  { addresses, loginAddresses }: ManagedSource,
): readonly Address[] | undefined {
  const isFor = (one: Address, those: readonly Address[]) => those.some((other) => isSame(one, other));
  if (loginAddresses.length === 0 || !loginAddresses.every(isLoopback)) return undefined;
  const isElsewhere = bootstrap.every((one) => isLoopback(one) && isFor(one, addresses) && !isFor(one, loginAddresses));
  return isElsewhere ? loginAddresses : undefined;
}

export function isLoopback({ host }: Address): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isSame(one: Address, other: Address): boolean {
  if (one.port !== other.port) return false;
  return one.host.toLowerCase() === other.host.toLowerCase() || (isLoopback(one) && isLoopback(other));
}

/** An answer counts this long, or until a login with it is refused; one that could not be had again counts until it can. */
const ANSWER_COUNTS_MS = 60_000;

export interface ScramChoice {
  /** For `ClusterSecurity.chooseLogins`. */
  choose(): Promise<readonly AnyLogin[]>;
  /** What was chosen is refused: its mechanisms may have changed since they were asked for. */
  doubt(): void;
  /** What was chosen last, in a sentence; undefined: what the link says. */
  said(): string | undefined;
}

/** Of a link that says PLAIN. */
export function scramChoice(
  login: SaslLogin,
  source: ManagedSource,
  { clock, log }: Pick<Surroundings, 'clock' | 'log'>,
): ScramChoice {
  let known: { readonly mechanisms: readonly SaslMechanism[]; readonly atMs: number } | undefined;
  let said: string | undefined;
  const ask = async () => {
    const nowMs = clock.monotonicMs();
    if (known !== undefined && nowMs - known.atMs < ANSWER_COUNTS_MS) return known.mechanisms;
    try {
      const mechanisms = await source.scramMechanisms(login.username);
      known = { mechanisms, atMs: nowMs };
      return mechanisms;
    } catch (cause) {
      if (known !== undefined) return known.mechanisms;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const what = `whether ${login.username} is a SCRAM user of ${source.name} could not be asked`;
      throw new NotSent(`${what}, and a password is not sent to find out: ${reason}`, { cause });
    }
  };
  return {
    async choose() {
      const mechanisms = await ask();
      const sentence =
        mechanisms.length === 0
          ? undefined
          : `${login.username} is a SCRAM user of ${source.name}: klink logs in by ${mechanisms.join(' or ')}, although the link says PLAIN.`;
      if (sentence !== undefined && sentence !== said) log.info({ source: source.name }, sentence);
      said = sentence;
      return mechanisms.map((mechanism) => ({ ...login, mechanism }));
    },
    doubt() {
      if (known !== undefined) known = { ...known, atMs: Number.NEGATIVE_INFINITY };
    },
    said: () => said,
  };
}
