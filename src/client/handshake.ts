/**
 * Opens a connection for use: TCP, TLS and SASL where configured, ApiVersions. Everything within one time limit, and on
 * any failure the connection is gone. Refuses by rejecting with `NotSent` (no connection, no answer) or with
 * `KafkaError` (the broker refused the mechanism or the credentials). Source: KIP-43, KIP-152, KIP-368, KIP-511.
 */
import { sleep } from '../base/clock.js';
import type { Address } from '../base/connection.js';
import type { SaslLogin } from '../base/sasl.js';
import { apiVersions } from '../protocol/api/api-versions.js';
import { saslAuthenticate } from '../protocol/api/sasl-authenticate.js';
import { saslHandshake } from '../protocol/api/sasl-handshake.js';
import { decodeResponse } from '../protocol/codec.js';
import { errorCode, errorName } from '../protocol/errors.js';
import { type ChannelOptions, KafkaChannel } from './channel.js';
import { saslConversation } from './sasl-conversation.js';
import { type ClusterSecurity, KafkaError, NotSent, type Surroundings } from './types.js';
import type { OfferedVersions, VersionBounds } from './versions.js';

export interface HandshakeOptions extends Surroundings, ChannelOptions {
  readonly security: ClusterSecurity;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Known to every broker since 2.4; older ones answer UNSUPPORTED_VERSION in the form of version 0. */
const API_VERSIONS_VERSION = 3;
const CLIENT_SOFTWARE = { clientSoftwareName: 'klink', clientSoftwareVersion: '0' };
/** A session is renewed when this part of its lifetime has passed. */
const RENEW_AT = 0.85;

export async function openChannel(address: Address, options: HandshakeOptions): Promise<KafkaChannel> {
  const { network, clock, signal, connectTimeoutMs } = options;
  const { sasl, tls } = options.security;
  const where = `${options.cluster} (${address.host}:${address.port})`;
  const startMs = clock.monotonicMs();
  const connection = await network
    .connect(address, { timeoutMs: connectTimeoutMs, signal, tls })
    .catch((cause: unknown) => {
      throw new NotSent(`no connection to ${where}: ${messageOf(cause)}`, { cause });
    });
  const channel = new KafkaChannel(connection, options);
  const left = () => ({
    timeoutMs: Math.max(1, connectTimeoutMs - (clock.monotonicMs() - startMs)),
    signal,
  });
  let greeted = false;
  try {
    channel.offer(await askVersions(channel, left));
    greeted = true;
    if (sasl) await logIn(channel, sasl, options, left);
    return channel;
  } catch (cause) {
    channel.reset('the handshake failed');
    if (cause instanceof KafkaError) throw cause;
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

async function logIn(channel: KafkaChannel, sasl: SaslLogin, options: HandshakeOptions, left: TimeLeft): Promise<void> {
  const what = `SASL login as ${sasl.username} to ${options.cluster}`;
  const offer = await channel.sendRaw(saslHandshake, 1, { mechanism: sasl.mechanism }, left(), (frame) => {
    return decodeResponse(saslHandshake, 1, frame).body;
  });
  if (offer.errorCode !== 0) {
    const offered = offer.mechanisms.length > 0 ? `the broker offers ${offer.mechanisms.join(', ')}` : null;
    throw new KafkaError(offer.errorCode, errorName(offer.errorCode), what, offered);
  }
  const version = channel.versionOf(saslAuthenticate) ?? 0;
  const conversation = saslConversation(sasl, options.random);
  let lifetimeMs = 0n;
  for (let authBytes: Buffer | undefined = conversation.first; authBytes !== undefined; ) {
    const answer = await channel.sendRaw(saslAuthenticate, version, { authBytes }, left(), (frame) => {
      return decodeResponse(saslAuthenticate, version, frame).body;
    });
    if (answer.errorCode !== 0) {
      throw new KafkaError(answer.errorCode, errorName(answer.errorCode), what, answer.errorMessage);
    }
    lifetimeMs = answer.sessionLifetimeMs;
    authBytes = await conversation.next(answer.authBytes);
  }
  if (lifetimeMs > 0n) renewLater(channel, sasl, options, Number(lifetimeMs));
}

/** KIP-368: a broker that limits sessions drops connections that do not log in again in time. */
function renewLater(channel: KafkaChannel, sasl: SaslLogin, options: HandshakeOptions, lifetimeMs: number): void {
  const renew = async () => {
    await sleep(options.clock, lifetimeMs * RENEW_AT, options.signal);
    if (!channel.open) return;
    // Nothing else may stand between the two requests of a login.
    const resume = channel.pause();
    try {
      await logIn(channel, sasl, options, () => ({ timeoutMs: options.connectTimeoutMs, signal: options.signal }));
    } finally {
      resume();
    }
  };
  renew().catch((error: unknown) => {
    if (channel.open) channel.reset(`the session could not be renewed: ${messageOf(error)}`);
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
