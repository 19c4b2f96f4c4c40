/**
 * The least client there is: one connection, requests encoded by the project's tables, answers as they come. No retries,
 * no metadata, no opinions. For tests that say exactly what goes over the wire, on real and simulated networks.
 */
import type { Address, Connection, Network } from '../../src/base/connection.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { decodeResponse, encodeRequest } from '../../src/protocol/codec.js';
import { FrameAssembler } from '../../src/protocol/frames.js';
import type { Api, Draft } from '../../src/protocol/schema.js';

export class Wire {
  readonly #connection: Connection;
  readonly #waiting: { settle: (frame: Buffer) => void; fail: (error: Error) => void }[] = [];
  readonly #ranges = new Map<number, { min: number; max: number }>();
  readonly #clientId: string;
  #correlationId = 0;
  #ended: Error | undefined;

  private constructor(connection: Connection, clientId: string) {
    this.#connection = connection;
    this.#clientId = clientId;
    const frames = new FrameAssembler();
    connection.start({
      data: (chunk) => frames.push(chunk, (frame) => this.#waiting.shift()?.settle(frame)),
      drain() {},
      end: (error) => {
        this.#ended = error ?? new Error('the connection was closed');
        for (const { fail } of this.#waiting.splice(0)) fail(this.#ended);
      },
    });
  }

  /** Connects and asks which versions there are. */
  static async open(address: Address, network: Network = systemNetwork, clientId = 'wire'): Promise<Wire> {
    const wire = new Wire(await network.connect(address, { timeoutMs: 10_000 }), clientId);
    const software = { clientSoftwareName: 'wire', clientSoftwareVersion: '1' };
    const { apiKeys } = await wire.send(apiVersions, 3, software);
    for (const { apiKey, minVersion, maxVersion } of apiKeys)
      wire.#ranges.set(apiKey, { min: minVersion, max: maxVersion });
    return wire;
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** The versions that the broker advertised. */
  range(api: Pick<Api<unknown, unknown>, 'key'>): { readonly min: number; readonly max: number } | undefined {
    return this.#ranges.get(api.key);
  }

  /** In exactly this version. Rejects when the connection ends first. */
  send<Q, S>(api: Api<Q, S>, version: number, body: Draft<Q>): Promise<S> {
    const correlationId = this.#correlationId++;
    const chunks = encodeRequest(api, version, { correlationId, clientId: this.#clientId }, body);
    return this.sendRaw(chunks).then((frame) => decodeResponse(api, version, frame).body);
  }

  /** In the highest version that both sides know, or the highest up to `max`. */
  ask<Q, S>(api: Api<Q, S>, body: Draft<Q>, max = Number.POSITIVE_INFINITY): Promise<S> {
    const range = this.#ranges.get(api.key);
    if (range === undefined) return Promise.reject(new Error(`${api.name} is not offered`));
    return this.send(api, Math.min(range.max, api.versions.max, max), body);
  }

  sendRaw(chunks: readonly Uint8Array[]): Promise<Buffer> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((settle, fail) => {
      this.#waiting.push({ settle, fail });
      this.#connection.write(chunks);
    });
  }

  /** A frame that gets no answer: what comes next belongs to the next request. Lost where the connection has ended. */
  tell(chunks: readonly Uint8Array[]): void {
    if (!this.#ended) this.#connection.write(chunks);
  }

  /** For a frame that somebody else encodes. */
  takeCorrelationId(): number {
    return this.#correlationId++;
  }

  close(): void {
    this.#connection.close();
  }
}
