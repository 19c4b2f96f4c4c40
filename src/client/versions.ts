/**
 * Which version of an API a request takes: the highest that both sides know, except where the rules of klink say
 * otherwise (docs/spec: transactions and markers).
 */
import type { Api } from '../protocol/schema.js';

export interface VersionBounds {
  readonly min: number;
  readonly max: number;
}

/** What a broker offers, by API key. */
export type OfferedVersions = ReadonlyMap<number, VersionBounds>;

/**
 * Highest version used although more may be offered, by API key.
 * 24, 25, 28: the client's form of the transaction requests; from 4 on they imply transaction version 2.
 * 26: EndTxn from 5 on raises the producer epoch by itself, which data must never depend on [7.1].
 * 27: the marker request as every broker from 3.9 on understands it.
 */
const HIGHEST_USED: ReadonlyMap<number, number> = new Map([
  [24, 3],
  [25, 3],
  [26, 4],
  [27, 1],
  [28, 3],
]);

/** Undefined when there is no common version within the bounds. */
export function chooseVersion<Q, S>(
  api: Api<Q, S>,
  offered: OfferedVersions,
  wanted: { readonly min?: number | undefined; readonly max?: number | undefined } = {},
): number | undefined {
  const broker = offered.get(api.key);
  if (broker === undefined) return undefined;
  const highest = Math.min(
    api.versions.max,
    broker.max,
    HIGHEST_USED.get(api.key) ?? api.versions.max,
    wanted.max ?? api.versions.max,
  );
  const lowest = Math.max(api.versions.min, broker.min, wanted.min ?? 0);
  return highest >= lowest ? highest : undefined;
}
