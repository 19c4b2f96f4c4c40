/**
 * What the rest of klink may ask of a Kafka cluster. The implementation is `cluster.ts` (connections, versions,
 * metadata) and `channel.ts` (one pipelined connection); the admin calls are free functions under `admin/`.
 *
 * Three outcomes everywhere: an answer (whose error codes the caller reads), a refusal before anything was sent
 * (`NotSent`), or unknown (`OutcomeUnknown`: sent, no answer). Unknown is settled by reading, never by sending again.
 */

import type { Clock } from '../base/clock.js';
import type { Address, Network } from '../base/connection.js';
import type { Log } from '../base/log.js';
import type { Random } from '../base/random.js';
import type { AnyLogin } from '../base/sasl.js';
import type { TlsSettings } from '../base/tls.js';
import type { Api, Draft } from '../protocol/schema.js';

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly log: Log;
}

/** Neither is PLAINTEXT, `tls` alone SSL, `sasl` alone SASL_PLAINTEXT, both SASL_SSL. */
export interface ClusterSecurity {
  readonly tls?: TlsSettings | undefined;
  readonly sasl?: AnyLogin | undefined;
  /**
   * Asked before `sasl` is used: what to log in with instead, each after the one before it was refused. Rejects when it is not
   * known; nothing is sent then.
   */
  readonly chooseLogins?: ((signal: AbortSignal) => Promise<readonly AnyLogin[]>) | undefined;
  /** Told that the broker has refused every one of them. */
  readonly loginsRefused?: (() => void) | undefined;
  /** Addresses that are spoken to in the clear although `tls` is given. */
  readonly inTheClearTo?: ((address: Address) => boolean) | undefined;
}

export interface ClusterOptions extends Surroundings {
  /** For messages and logs: the name people gave this cluster. */
  readonly name: string;
  readonly bootstrap: readonly Address[];
  readonly security: ClusterSecurity;
  /** Which cluster it must be, asked on each connection before its first use; undefined: whichever answers. */
  readonly clusterId?: string | undefined;
  readonly clientId: string;
  /** How long opening a connection (TCP, TLS, ApiVersions, SASL) may take; default 10 000. */
  readonly connectTimeoutMs?: number;
  /** How long an answer may take when the caller names no time of its own; default 30 000. */
  readonly requestTimeoutMs?: number;
}

export interface SendOptions {
  /** Counted from the send. When it runs out the whole channel is reset and every request on it ends `OutcomeUnknown`. */
  readonly timeoutMs?: number;
  /** Highest version to use; the channel takes the highest that both sides know and that is not above this. */
  readonly versionMax?: number;
  /** Refuse (`NotSent`) below this version. */
  readonly versionMin?: number;
  /** Refuse (`NotSent`) rather than hold it back for a throttle or a login: what allows it may not last. */
  readonly atOnce?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface MetadataOptions extends SendOptions {
  /** Ask what we may do to each topic (KIP-430). */
  readonly authorizedOperations?: boolean;
}

/** One connection to one broker: requests go out in call order, answers come in the same order. */
export interface Channel {
  readonly brokerId: number;
  readonly purpose: string;
  /** False once the connection is lost, reset or closed; a channel never comes back, ask the cluster for a new one. */
  readonly open: boolean;
  /** Counts the connections of this process: two channels never share a number. */
  readonly serial: number;
  /** The version `send` would take; undefined when the broker does not offer the API within our range. */
  versionOf<Q, S>(api: Api<Q, S>, versionMax?: number): number | undefined;
  /** Sends at once (pipelined). Obeys a throttle the broker asked for before sending. Rejects NotSent | OutcomeUnknown. */
  send<Q, S>(api: Api<Q, S>, request: Draft<Q>, options?: SendOptions): Promise<S>;
  /** A request that gets no answer (Produce with acks 0 is never used; only here for completeness of the protocol). */
  readonly inFlight: number;
  /** FIN after what is queued; requests in flight end `OutcomeUnknown`. */
  close(): void;
  /** RST. Requests in flight end `OutcomeUnknown`; it proves nothing about the broker (E7). */
  reset(reason: string): void;
}

export interface PartitionMetadata {
  readonly partition: number;
  /** −1 when there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly errorCode: number;
}

export interface TopicMetadata {
  readonly name: string;
  /** Printed uuid; 'AAAAAAAAAAAAAAAAAAAAAA' when the broker is too old to tell. */
  readonly topicId: string;
  readonly isInternal: boolean;
  /** 0, or why this topic could not be described (3 = does not exist). */
  readonly errorCode: number;
  readonly partitions: readonly PartitionMetadata[];
  /** KIP-430, as `rightsIn` reads it; that tells as well whether the broker said anything. */
  readonly authorizedOperations: number;
}

export interface ClusterMetadata {
  /** Whose word this is; −1: whoever sits at a bootstrap address, before the brokers were known. */
  readonly answeredBy: number;
  readonly clusterId: string;
  readonly controllerId: number;
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly topics: readonly TopicMetadata[];
}

export interface KafkaCluster {
  readonly name: string;
  /** Those it was opened with, for calls that wait and repeat. */
  readonly clock: Clock;
  readonly random: Random;
  /** Always asks a broker (any that answers, each in its turn), never a cache. Rejects when none answers within the time. */
  metadata(topics: 'all' | readonly string[], options?: MetadataOptions): Promise<ClusterMetadata>;
  /**
   * The channel of this purpose to this broker, opened (TCP, TLS, ApiVersions, SASL) when there is none. Same broker and
   * purpose: same channel while it is open. A broker id that metadata has not named yet is looked up first.
   */
  channel(broker: number | 'any', purpose: string): Promise<Channel>;
  /** FindCoordinator, retried over 15/14/16 up to the timeout (default: the request timeout); gives the broker id. */
  coordinator(
    kind: 'group' | 'transaction',
    key: string,
    options?: Pick<SendOptions, 'timeoutMs' | 'signal'>,
  ): Promise<number>;
  /** The controller for topic and partition administration. */
  controller(): Promise<number>;
  /** Ends everything; afterwards every call rejects NotSent. */
  close(): Promise<void>;
}

/** Nothing left this process: the request may be made again. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

/** Another cluster than the one that is meant answers at an address: nothing is asked of it but who it is. */
export class AnotherCluster extends NotSent {
  readonly found: string;
  constructor(where: string, { found, meant }: { readonly found: string; readonly meant: string }) {
    super(`cluster ${found} answers at ${where}, not ${meant}`);
    this.found = found;
  }
}

/** Which other cluster answered, of a failure that is such an answer or was caused by one; undefined: none. */
export function otherCluster(failure: unknown): string | undefined {
  if (Array.isArray(failure)) return failure.map(otherCluster).find((found) => found !== undefined);
  if (failure instanceof AnotherCluster) return failure.found;
  return failure instanceof Error ? otherCluster(failure.cause) : undefined;
}

/** The request was sent and no answer came: it may have been executed, may be executed still, or never. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** An answer with an error code, for the admin calls that turn codes into exceptions. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly code: number;
  /** The published name, e.g. TOPIC_AUTHORIZATION_FAILED. */
  readonly codeName: string;
  constructor(code: number, codeName: string, what: string, detail?: string | null) {
    super(`${what}: ${codeName} (${code})${detail ? `: ${detail}` : ''}`);
    this.code = code;
    this.codeName = codeName;
  }
}
