/**
 * Opens a connection for use: TCP, TLS and SASL where configured, ApiVersions. Everything within one time limit, and on
 * any failure the connection is gone. Where the cluster is named it is asked who it is. Refuses by rejecting with `NotSent` (no connection, no answer) or with
 * `KafkaError` (the broker refused the mechanism or the credentials). Source: KIP-43, KIP-152, KIP-368, KIP-511.
 */
import type { Address } from '../base/connection.js';
import type { AnyLogin } from '../base/sasl.js';
import { apiVersions } from '../protocol/api/api-versions.js';
import { metadata } from '../protocol/api/metadata.js';
import { saslAuthenticate } from '../protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../protocol/api/sasl-handshake.js';
import { decodeResponse } from '../protocol/codec.js';
import { errorCode, errorName } from '../protocol/errors.js';
import { type ChannelOptions, KafkaChannel } from './channel.js';
import { readableRefusal, saslConversation } from './sasl-conversation.js';
import { AnotherCluster, type ClusterSecurity, KafkaError, NotSent, type Surroundings } from './types.js';
import type { OfferedVersions, VersionBounds } from './versions.js';

export interface HandshakeOptions extends Surroundings, ChannelOptions {
  readonly security: ClusterSecurity;
  /** Undefined: whichever answers. */
  readonly clusterId?: string | undefined;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Known to every broker since 2.4; older ones answer UNSUPPORTED_VERSION in the form of version 0. */
const API_VERSIONS_VERSION = 3;
const CLIENT_SOFTWARE = { clientSoftwareName: 'klink', clientSoftwareVersion: '0' };
/** Below it a question for a topic could create it. */
export const METADATA_VERSION_MIN = 4;
/** A session is renewed when this part of its lifetime has passed. */
const RENEW_AT = 0.85;

export async function openChannel(address: Address, options: HandshakeOptions): Promise<KafkaChannel> {
  const { clock, signal, connectTimeoutMs, security } = options;
  const startMs = clock.monotonicMs();
  const left = () => ({
    timeoutMs: Math.max(1, connectTimeoutMs - (clock.monotonicMs() - startMs)),
    signal,
  });
  const [first, ...others] = await loginsOf(security, signal);
  let refusal: unknown;
  for (const login of [first, ...others]) {
    try {
      return await openOnce(address, login, options, left);
    } catch (error) {
      // The broker has hung up on this login: another one needs another connection.
      const isRefused = error instanceof KafkaError && LOGIN_REFUSED.has(error.code);
      if (!isRefused) throw error;
      refusal = error;
    }
  }
  security.loginsRefused?.();
  throw refusal;
}

const LOGIN_REFUSED: ReadonlySet<number> = new Set([
  errorCode.SASL_AUTHENTICATION_FAILED,
  errorCode.UNSUPPORTED_SASL_MECHANISM,
]);

async function loginsOf(
  { sasl, chooseLogins }: ClusterSecurity,
  signal: AbortSignal,
): Promise<readonly (AnyLogin | undefined)[]> {
  if (sasl === undefined || chooseLogins === undefined) return [sasl];
  const chosen = await chooseLogins(signal);
  return chosen.length === 0 ? [sasl] : chosen;
}

async function openOnce(
  address: Address,
  sasl: AnyLogin | undefined,
  options: HandshakeOptions,
  left: TimeLeft,
): Promise<KafkaChannel> {
  const { network, signal, security } = options;
  const tls = security.inTheClearTo?.(address) ? undefined : security.tls;
  const where = `${options.cluster} (${address.host}:${address.port})`;
  const connection = await network.connect(address, { ...left(), tls }).catch((cause: unknown) => {
    throw new NotSent(`no connection to ${where}: ${messageOf(cause)}`, { cause });
  });
  const channel = new KafkaChannel(connection, options);
  let greeted = false;
  try {
    channel.offer(await askVersions(channel, left));
    greeted = true;
    if (sasl) await logIn(channel, sasl, options, left);
    if (options.clusterId !== undefined) await demandCluster(channel, { where, meant: options.clusterId }, left);
    return channel;
  } catch (cause) {
    channel.reset('the handshake failed');
    if (cause instanceof KafkaError || cause instanceof AnotherCluster) throw cause;
    // A port for TLS takes the first request for noise and hangs up.
    const hungUp = !greeted && !signal.aborted && left().timeoutMs > 1;
    const hint = hungUp && tls === undefined ? ' (perhaps it speaks TLS)' : '';
    throw new NotSent(`no usable connection to ${where}: ${messageOf(cause)}${hint}`, { cause });
  }
}

type TimeLeft = () => { readonly timeoutMs: number; readonly signal?: AbortSignal };

async function askVersions(channel: KafkaChannel, left: TimeLeft): Promise<OfferedVersions> {
  let answer = await channel.sendRaw(apiVersions, API_VERSIONS_VERSION, CLIENT_SOFTWARE, left(), (frame) => {
    // Correlation number, then the error code: at the same place in every version.
    const refused = frame.length >= 6 && frame.readInt16BE(4) === errorCode.UNSUPPORTED_VERSION;
    return refused ? undefined : decodeResponse(apiVersions, API_VERSIONS_VERSION, frame).body;
  });
  answer ??= await channel.sendRaw(apiVersions, 0, {}, left(), (frame) => decodeResponse(apiVersions, 0, frame).body);
  if (answer.errorCode !== 0) throw new KafkaError(answer.errorCode, errorName(answer.errorCode), 'ApiVersions');
  return new Map<number, VersionBounds>(
    answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, { min: minVersion, max: maxVersion }]),
  );
}

/** An address may pass to another cluster, with topics and groups of the same names. A connection cannot. */
async function demandCluster(
  channel: KafkaChannel,
  { where, meant }: { readonly where: string; readonly meant: string },
  left: TimeLeft,
): Promise<void> {
  const nothing = { topics: [], allowAutoTopicCreation: false };
  const { clusterId: found } = await channel.send(metadata, nothing, { ...left(), versionMin: METADATA_VERSION_MIN });
  if (found !== null && found !== meant) throw new AnotherCluster(where, { found, meant });
}

async function logIn(channel: KafkaChannel, sasl: AnyLogin, options: HandshakeOptions, left: TimeLeft): Promise<void> {
  const what = `SASL login as ${sasl.username} to ${options.cluster}`;
  const offer = await channel.sendRaw(saslHandshake, 1, { mechanism: sasl.mechanism }, left(), (frame) => {
    return decodeResponse(saslHandshake, 1, frame).body;
  });
  if (offer.errorCode !== 0) {
    const offered = offer.mechanisms.length > 0 ? `the broker offers ${offer.mechanisms.join(', ')}` : null;
    throw new KafkaError(offer.errorCode, errorName(offer.errorCode), what, offered);
  }
  const version = channel.versionOf(saslAuthenticate) ?? 0;
  const conversation = await saslConversation(sasl, options.random);
  let lifetimeMs = 0n;
  for (let authBytes: Buffer | undefined = conversation.first; authBytes !== undefined; ) {
    const answer = await channel.sendRaw(saslAuthenticate, version, { authBytes }, left(), (frame) => {
      return decodeResponse(saslAuthenticate, version, frame).body;
    });
    if (answer.errorCode !== 0) {
      throw new KafkaError(answer.errorCode, errorName(answer.errorCode), what, readableRefusal(answer.errorMessage));
    }
    lifetimeMs = answer.sessionLifetimeMs;
    authBytes = await conversation.next(answer.authBytes);
  }
  if (lifetimeMs > 0n) renewLater(channel, sasl, options, Number(lifetimeMs));
}

/** KIP-368: a broker that limits sessions drops connections that do not log in again in time. */
function renewLater(channel: KafkaChannel, sasl: AnyLogin, options: HandshakeOptions, lifetimeMs: number): void {
  const renew = async () => {
    // Nothing else may stand between the two requests of a login.
    const resume = channel.pause();
    try {
      await logIn(channel, sasl, options, () => ({ timeoutMs: options.connectTimeoutMs, signal: options.signal }));
    } finally {
      resume();
    }
  };
  channel.renewAfter(lifetimeMs * RENEW_AT, () => {
    renew().catch((error: unknown) => channel.reset(`the session could not be renewed: ${messageOf(error)}`));
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
