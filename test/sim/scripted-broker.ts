/**
 * A broker on a simulated host that answers what a test says, request by request, or stays silent, hangs up, answers out
 * of turn. Speaks ApiVersions by itself, and nothing else. For tests of the client under faults no real broker has.
 */
import type { Connection } from '../../src/base/connection.js';
import { allApis } from '../../src/protocol/api/all.js';
import { apiVersions } from '../../src/protocol/api/api-versions.js';
import { decodeRequest, encodeResponse, peekRequest } from '../../src/protocol/codec.js';
import { FrameAssembler } from '../../src/protocol/frames.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import type { World } from './world.js';

/** What becomes of a request: an answer, bytes as they are, or nothing at all. */
export type Reaction<S> = Draft<S> | { readonly raw: Buffer } | 'silence' | 'hang-up';

export interface Asked {
  readonly api: string;
  readonly version: number;
  readonly request: unknown;
  readonly atMs: number;
  /** Counts this broker's connections. */
  readonly connection: number;
}

type Handler = (request: unknown, asked: Asked) => Reaction<unknown> | Promise<Reaction<unknown>>;

export class ScriptedBroker {
  readonly address: { readonly host: string; readonly port: number };
  readonly asked: Asked[] = [];
  connections = 0;
  /** Highest version offered, by API; what is not named is offered as far as we know it. */
  readonly offeredUpTo = new Map<number, number>();
  readonly #handlers = new Map<number, Handler>();
  readonly #world: World;

  private constructor(world: World, host: string, port: number) {
    this.#world = world;
    this.address = { host, port };
    this.on(apiVersions, () => ({
      apiKeys: allApis.map(({ key, versions }) => ({
        apiKey: key,
        minVersion: versions.min,
        maxVersion: Math.min(versions.max, this.offeredUpTo.get(key) ?? versions.max),
      })),
    }));
  }

  static async start(world: World, host: string, port = 9092): Promise<ScriptedBroker> {
    const broker = new ScriptedBroker(world, host, port);
    const listening = world.host(host).network.listen(broker.address, (connection) => broker.#accept(connection));
    await world.finish(`${host} listens`, 1_000, listening);
    return broker;
  }

  /** From now on; the last one counts. */
  on<Q, S>(api: Api<Q, S>, handler: (request: Q, asked: Asked) => Reaction<S> | Promise<Reaction<S>>): void {
    this.#handlers.set(api.key, handler as Handler);
  }

  /** How often this API was asked. */
  count(api: Pick<Api<unknown, unknown>, 'name'>): number {
    return this.asked.filter((each) => each.api === api.name).length;
  }

  #accept(connection: Connection): void {
    const number = ++this.connections;
    const frames = new FrameAssembler();
    // One at a time and in order, as brokers do: who waits holds up what is behind it.
    let before: Promise<void> = Promise.resolve();
    connection.start({
      data: (chunk) =>
        frames.push(chunk, (frame) => {
          before = before.then(() => this.#react(connection, frame, number));
        }),
      drain() {},
      end() {},
    });
  }

  async #react(connection: Connection, frame: Buffer, number: number): Promise<void> {
    const { header, bodyAt } = peekRequest(frame);
    const api = allApis.find(({ key }) => key === header.apiKey);
    if (api === undefined) throw new Error(`unknown API ${header.apiKey}`);
    const request = decodeRequest(api, header.version, frame, bodyAt);
    const asked = { api: api.name, version: header.version, request, atMs: this.#world.nowMs, connection: number };
    this.asked.push(asked);
    const handler = this.#handlers.get(api.key);
    if (handler === undefined) throw new Error(`${api.name} was not expected`);
    const reaction = await handler(request, asked);
    if (reaction === 'silence') return;
    if (reaction === 'hang-up') return connection.close();
    if (typeof reaction === 'object' && reaction !== null && 'raw' in reaction) {
      connection.write([reaction.raw as Buffer]);
      return;
    }
    connection.write(encodeResponse(api, header.version, header.correlationId, reaction as Draft<unknown>));
  }
}
