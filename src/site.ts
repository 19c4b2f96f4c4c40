/**
 * One managed cluster as this server serves it: the client to it as engine principal, ownership, journal, engine, control.
 * Wires, and owns the order of start and stop: control ends before ownership is handed over, connections close last.
 * Spec: docs/spec/server.md §3.
 */
import type { ManagedCluster } from './api/ports.js';
import { sleep } from './base/clock.js';
import { postForm } from './base/node/post-form.js';
import { type Backoff, backoffMs } from './base/retry.js';
import { principalBy } from './base/sasl.js';
import { openCluster } from './client/cluster.js';
import { type KafkaCluster, NotSent, type Surroundings } from './client/types.js';
import { type Control, createControl } from './control/controller.js';
import { createAclsPort } from './engine/acls/acls.js';
import { createFencePort } from './engine/fence/fence.js';
import { createGroups, groupsProducer } from './engine/groups/groups.js';
import { createJournal } from './engine/journal/journal.js';
import { makeTopics } from './engine/journal/journal-topics.js';
import type { LeaseView } from './engine/lease-view.js';
import { createOwnership } from './engine/ownership/ownership.js';
import type { Ownership } from './engine/ownership/ownership-state.js';
import { createEnginePool } from './engine/pool/engine-pool.js';
import { createPromotionPort } from './engine/promotion/promotion.js';
import type { ManagedSource } from './engine/source/managed-source.js';
import { createSourcePort } from './engine/source/source.js';
import { SourceClusters } from './engine/source/source-clusters.js';
import { createTopicsPort } from './engine/topics/topics.js';
import { patience } from './engine/transactions/persist.js';
import { ClusterCallers, noCallers, type OwnedCallers } from './serve/callers/callers.js';
import type { Guesses } from './serve/callers/guesses.js';
import { clusterAdmin } from './serve/cluster-admin.js';
import { createCredentialsPort } from './serve/credentials.js';
import { forcedOwnership } from './serve/forced-ownership.js';
import type { LinkSecrets } from './serve/link-secrets.js';
import { managedSource } from './serve/managed-source.js';
import type { CallersConfig, SiteConfig } from './serve/running-server.js';
import type { TestSwitches } from './serve/test-switches.js';

const CLIENT_ID = 'klink';
/** `reachable` is asked while somebody looks at a list of clusters. */
const REACHABLE_WITHIN_MS = 2_000;
/** Within a session of the ownership group. */
const LEASE_TOPIC_WITHIN_MS = 4_000;
const IDENTIFY: Backoff = { firstMs: 200, capMs: 5_000 };

export interface SiteOptions {
  readonly config: SiteConfig;
  readonly surroundings: Surroundings;
  /** This server's REST address, so that a standby can name the owner. */
  url(): string;
  readonly secrets: LinkSecrets;
  /** All clusters of this server: links from them need less to be told. */
  managed(): readonly ManagedSource[];
  readonly switches: TestSwitches;
  /** The managed cluster of this id, as its engine principal; undefined: there is none. */
  peer(clusterId: string): KafkaCluster | undefined;
  /** Counts failed logins of all clusters. */
  readonly guesses: Guesses;
}

export interface Site {
  readonly managed: ManagedCluster;
  /** As engine principal. */
  readonly cluster: KafkaCluster;
  readonly asSource: ManagedSource;
  start(): void;
  /** Settles what is in flight, hands ownership over, closes connections. Never rejects halfway: all steps are taken. */
  stop(): Promise<void>;
}

export function createSite(options: SiteOptions): Site {
  return new ClusterSite(options);
}

class ClusterSite implements Site {
  readonly managed: ManagedCluster;
  readonly asSource: ManagedSource;
  readonly #options: SiteOptions;
  readonly cluster: KafkaCluster;
  readonly #sources: SourceClusters;
  readonly #ownership: Ownership;
  readonly #control: Control;
  readonly #callers: OwnedCallers;
  readonly #endEffects: () => Promise<void>;
  readonly #ending = new AbortController();
  /** What the cluster has answered with; acted on only once it is the one that is meant. */
  #clusterId: string | undefined;
  #trouble: string | undefined = 'not asked yet';
  #beginning: Promise<void> = Promise.resolve();

  constructor(options: SiteOptions) {
    this.#options = options;
    const { config, surroundings, switches } = options;
    const log = surroundings.log.child({ cluster: config.name });
    const around = { ...surroundings, log };
    const cluster = openCluster({ ...around, ...config, clientId: CLIENT_ID });
    this.cluster = cluster;
    this.#sources = new SourceClusters({
      ...around,
      resolveSecret: options.secrets.resolve,
      managed: options.managed,
      postForm,
    });
    this.asSource = managedSource(config, cluster, () => this.#clusterId);
    const producer = groupsProducer({ ...around, cluster });
    const journal = createJournal({ ...around, cluster, groups: producer });
    this.#ownership = switches.forceOwner
      ? forcedOwnership()
      : createOwnership({
          ...around,
          cluster,
          // Known once the server listens, which is before anything is started.
          get url() {
            return options.url();
          },
          prepareLeaseTopic: () => this.#makeJournalTopics(),
        });
    const ownership = this.#ownership;
    const holds = () => ownership.holds();
    const lease = leaseOf(ownership);
    const topics = createTopicsPort({ ...around, cluster, holds });
    const groups = createGroups({ ...around, cluster, producer });
    const engine = createEnginePool({
      destination: cluster,
      sources: this.#sources,
      surroundings: around,
      lease,
      marker: (linkId) => this.#control.marker(linkId),
      // [1.2] Who only believes to own must not be stopped by an epoch of its own either.
      raiseMarker: switches.forceOwner
        ? async (linkId) => this.#control.marker(linkId)
        : (linkId) => this.#control.raiseMarker(linkId),
      confirm: () => this.#control.confirm(),
      clockAheadMs: () => journal.clockAheadMs,
      clampGroups: (topic, partition, end) => this.#control.clampGroups(topic, partition, end),
      correctSettings: (topic, names) => this.#control.correctSettings(topic, names),
      switches,
    });
    this.#endEffects = async () => {
      await engine.stopped();
      await groups.close();
    };
    this.#control = createControl({
      ...around,
      ownership,
      journal,
      engine,
      destination: {
        acls: createAclsPort({ cluster, holds }),
        fence: createFencePort({ ...around, cluster, holds, principal: principalBy(config.security.sasl) }),
        topics,
        promotion: createPromotionPort({ ...around, cluster, sources: this.#sources, lease }),
        groups,
      },
      source: createSourcePort(this.#sources),
      secrets: options.secrets,
      credentials: createCredentialsPort((clusterId) => options.peer(clusterId), surroundings.random),
    });
    this.#callers = callersOf(config, { ...around, engine: cluster }, options.guesses);
    this.managed = {
      name: config.name,
      home: config.home,
      bootstrap: config.clientBootstrap,
      id: () => config.id ?? this.#clusterId,
      reachable: () => this.#reachable(),
      ownership: () => this.#trouble ?? this.#control.ownership(),
      admin: clusterAdmin(cluster),
      links: this.#control,
      callers: this.#callers,
      identity: this.#control.identity,
    };
  }

  start(): void {
    this.#beginning = this.#begin();
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Error('the site stops'));
    await this.#beginning;
    const { log } = this.#options.surroundings;
    let effectsSettled = false;
    try {
      ({ effectsSettled } = await this.#control.stop());
      await this.#endEffects();
    } catch (error) {
      effectsSettled = false;
      log.error({ error: String(error) }, 'control did not end in good order; the next owner waits a session');
    }
    await this.#ownership.stop({ effectsSettled });
    await this.#callers.close();
    await this.#sources.close();
    await this.cluster.close();
  }

  /** Without end: managed clusters may be down for long. Nothing is joined or written before the id is the right one. */
  async #begin(): Promise<void> {
    const { surroundings } = this.#options;
    for (let attempt = 0; !this.#ending.signal.aborted; attempt++) {
      if (await this.#identified()) {
        this.#trouble = undefined;
        this.#ownership.start();
        this.#control.start();
        return;
      }
      const pauseMs = backoffMs(IDENTIFY, attempt, surroundings.random);
      await sleep(surroundings.clock, pauseMs, this.#ending.signal).catch(() => undefined);
    }
  }

  async #identified(): Promise<boolean> {
    const { config, surroundings } = this.#options;
    try {
      const { clusterId } = await this.cluster.metadata([], { signal: this.#ending.signal });
      if (config.id === undefined || config.id === clusterId) {
        this.#clusterId = clusterId;
        return true;
      }
      this.#trouble = `klink.yaml says that ${config.name} is cluster ${config.id}, but ${clusterId} answers`;
    } catch (error) {
      this.#trouble = `unreachable: ${error instanceof Error ? error.message : String(error)}`;
    }
    surroundings.log.warn({ cluster: config.name, reason: this.#trouble }, 'this cluster cannot be served yet');
    return false;
  }

  /** Only where the cluster shows no `__consumer_offsets`: the lease needs some topic to commit an offset for. */
  async #makeJournalTopics(): Promise<void> {
    const made = await makeTopics(
      this.cluster,
      patience(this.#options.surroundings, LEASE_TOPIC_WITHIN_MS, this.#ending.signal),
    );
    if (made.kind === 'refused') throw new NotSent(made.reason);
  }

  async #reachable(): Promise<boolean> {
    try {
      await this.cluster.metadata([], { timeoutMs: REACHABLE_WITHIN_MS });
      return true;
    } catch {
      // The answer is the error: whoever asks wants to know just this.
      return false;
    }
  }
}

const NO_LOGINS =
  'klink connects to this cluster without SASL, so API keys mean nothing there and only the operator token is taken. ' +
  'Where it has a SASL listener, name it in klink.yaml with `callers` or give klink a `principal`.';

const TOKENS_ONLY =
  'klink logs in to this cluster by token, and does not know whether user names and passwords are taken there, so API keys ' +
  'mean nothing and only the operator token is taken. Name a listener that takes them in klink.yaml with `callers`; ' +
  '`callers: {}` is the one that klink uses itself.';

/** Keys log in where klink does, unless klink.yaml names another listener; never with klink's own certificate. */
function callersOf(
  config: SiteConfig,
  around: Surroundings & { readonly engine: KafkaCluster },
  guesses: Guesses,
): OwnedCallers {
  const { security, bootstrap, clientBootstrap, name } = config;
  const byToken = security.sasl?.mechanism === 'OAUTHBEARER';
  const own: CallersConfig | undefined = security.sasl && { bootstrap, clientBootstrap, tls: security.tls };
  const where = config.callers ?? (byToken ? undefined : own);
  if (where === undefined) return noCallers(byToken ? TOKENS_ONLY : NO_LOGINS);
  const tls = where.tls && { ...where.tls, identity: undefined };
  return new ClusterCallers({
    target: { ...around, name, bootstrap: where.bootstrap, tls },
    listener: {
      bootstrap: where.clientBootstrap,
      securityProtocol: tls ? 'SASL_SSL' : 'SASL_PLAINTEXT',
      authorities: tls?.authorities,
      checksName: tls?.checksName ?? true,
    },
    guesses,
  });
}

/** What the byte path may ask of ownership: the term stays the last one while there is none. */
function leaseOf(ownership: Ownership): LeaseView {
  let term = 0;
  const termNow = () => {
    const { state } = ownership;
    if (state.kind === 'owner') term = state.term;
    return term;
  };
  return {
    holds: () => ownership.holds(),
    mayWriteMarkers: () => ownership.mayWriteMarkers(),
    term: termNow,
    exclusive: () => ownership.state.kind === 'owner' && ownership.state.exclusive.provable,
  };
}
