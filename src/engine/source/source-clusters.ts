/**
 * One set of connections per source address and credentials, shared by the engine and by control's questions. Opened when first
 * borrowed, closed a while after the last one was given back. A secret that has changed opens a new one.
 */
import type { Timer } from '../../base/clock.js';
import type { Address } from '../../base/connection.js';
import { fail, ok, type Result } from '../../base/result.js';
import { readTls } from '../../base/tls.js';
import { type PostForm, tokenLogin } from '../../base/token-endpoint.js';
import { openCluster } from '../../client/cluster.js';
import type { ClusterSecurity, KafkaCluster, Surroundings } from '../../client/types.js';
import { bootstrapAddresses, type ResolveSecret, resolveSecurity, type SourceAddress } from './address.js';
import { isLoopback, type ManagedSource, managedSourceOf, scramChoice, wayTo } from './managed-source.js';

/** Questions come every few seconds; a link that is gone asks none. */
const KEPT_UNUSED_MS = 60_000;

export interface SourceClustersOptions extends Surroundings {
  readonly resolveSecret: ResolveSecret;
  /** The clusters that this server manages, asked each time; default: none. */
  readonly managed?: () => readonly ManagedSource[];
  /** Default: links with OAUTHBEARER cannot log in. */
  readonly postForm?: PostForm;
}

interface Resolved {
  /** Holds the secret: never shown. */
  readonly key: string;
  readonly bootstrap: readonly Address[];
  readonly security: ClusterSecurity;
  readonly notes: () => readonly string[];
}

export interface Borrowed {
  readonly key: string;
  readonly cluster: KafkaCluster;
  /** How it is connected to, where that is not what the link says. */
  notes(): readonly string[];
  /** As the ACLs of the source name us. */
  readonly principal: string;
  /** The cluster must not be used afterwards. */
  giveBack(): void;
}

interface Entry {
  readonly security: ClusterSecurity;
  readonly notes: () => readonly string[];
  readonly cluster: KafkaCluster;
  users: number;
  closing: Timer | undefined;
}

export class SourceClusters {
  readonly #options: SourceClustersOptions;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: SourceClustersOptions) {
    this.#options = options;
  }

  /** How many sets of connections are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Changes when the address, the login, the trust, or a secret behind them does. Fails as `borrow` does. */
  keyOf(address: SourceAddress): Result<string, string> {
    const found = this.#resolve(address);
    return found.ok ? ok(found.value.key) : found;
  }

  /** Fails with a sentence when the address or its secret cannot be used; opens no connection by itself. */
  borrow(address: SourceAddress): Result<Borrowed, string> {
    if (this.#closed) return fail('this klink is stopping');
    const found = this.#resolve(address);
    if (!found.ok) return found;
    const { key, bootstrap, security, notes } = found.value;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const { clock, random, network, log } = this.#options;
      const cluster = openCluster({
        clock,
        random,
        network,
        log,
        name: `the source of ${address.linkName}`,
        bootstrap,
        security,
        clusterId: address.sourceClusterId,
        clientId: `klink-${address.linkName}`,
        ...(address.timeouts ? { connectTimeoutMs: address.timeouts.connectMs } : {}),
      });
      entry = { security, notes, cluster, users: 0, closing: undefined };
      this.#entries.set(key, entry);
    }
    return ok(this.#lend(key, entry));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) entry.closing?.cancel();
    await Promise.all(entries.map((entry) => entry.cluster.close()));
  }

  #resolve(address: SourceAddress): Result<Resolved, string> {
    const bootstrap = bootstrapAddresses(address.bootstrapServers);
    if (!bootstrap.ok) return bootstrap;
    const resolved = resolveSecurity(address, this.#options.resolveSecret);
    if (!resolved.ok) return resolved;
    const managed = managedSourceOf(address, bootstrap.value, this.#options.managed?.() ?? []);
    const { sasl, client, tls } = resolved.value;
    const trusts = tls && { ...tls, authorities: tls.authorities ?? managed?.authorities };
    const way = wayTo(bootstrap.value, managed, { tls: tls !== undefined, login: sasl !== undefined });
    const { linkId, bootstrapServers, timeouts, sourceClusterId } = address;
    const login = { sasl, client, tls: trusts };
    const key = JSON.stringify([linkId, bootstrapServers, sourceClusterId, login, timeouts, managed?.name, way]);
    // Opening an encrypted key takes milliseconds, and questions are many: once for each set of connections.
    const kept = this.#entries.get(key);
    if (kept !== undefined) return ok({ key, bootstrap: way.bootstrap, security: kept.security, notes: kept.notes });
    const read = trusts === undefined ? ok(undefined) : readTls(trusts);
    if (!read.ok) return read;
    const choice = managed && sasl?.mechanism === 'PLAIN' ? scramChoice(sasl, managed, this.#options) : undefined;
    const { postForm: post, clock } = this.#options;
    if (client !== undefined && post === undefined) return fail('this klink fetches no tokens');
    const tokens = client && post && tokenLogin(client, { clock, post, authorities: trusts?.authorities });
    const security: ClusterSecurity = {
      sasl: sasl ?? tokens,
      tls: read.value,
      chooseLogins: choice && (() => choice.choose()),
      loginsRefused: choice && (() => choice.doubt()),
      inTheClearTo: way.inTheClear ? isLoopback : undefined,
    };
    const notes = () => [way.note, choice?.said()].filter((note) => note !== undefined);
    return ok({ key, bootstrap: way.bootstrap, security, notes });
  }

  #lend(key: string, entry: Entry): Borrowed {
    entry.users++;
    entry.closing?.cancel();
    entry.closing = undefined;
    let given = false;
    return {
      key,
      cluster: entry.cluster,
      notes: entry.notes,
      principal: principalOf(entry.security),
      giveBack: () => {
        if (given) return;
        given = true;
        entry.users--;
        if (entry.users === 0 && !this.#closed) this.#closeLater(key, entry);
      },
    };
  }

  #closeLater(key: string, entry: Entry): void {
    const { clock, log } = this.#options;
    entry.closing = clock.setTimer(KEPT_UNUSED_MS, () => {
      this.#entries.delete(key);
      entry.cluster.close().catch((error: unknown) => {
        log.warn({ cluster: entry.cluster.name, error: String(error) }, 'a source cluster did not close in good order');
      });
    });
  }
}

/** A certificate stands for its subject, or for what the broker makes of it: only the broker knows. */
function principalOf({ sasl, tls }: ClusterSecurity): string {
  if (sasl !== undefined) return `User:${sasl.username}`;
  return tls?.identity === undefined ? 'User:ANONYMOUS' : "'User:<subject of the certificate>'";
}
