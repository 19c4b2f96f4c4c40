/**
 * A request frame → the answer's chunks. A malformed frame or an unknown API is a DecodeError: the connection that
 * sent it is closed and nothing else happens. Serves docs/spec/broker.md §1.
 */

import { apiVersions } from '../protocol/api/api-versions.js';
import { decodeRequest, encodeResponse, peekRequest } from '../protocol/codec.js';
import { errorCode } from '../protocol/errors.js';
import { DecodeError } from '../protocol/reader.js';
import type { Api } from '../protocol/schema.js';
import type { BrokerState, Handler, RequestContext } from './state.js';

type Answer = Buffer[] | undefined;

export interface ServedApi {
  readonly key: number;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly answer: (broker: BrokerState, frame: Frame, context: RequestContext) => Answer | Promise<Answer>;
}

interface Frame {
  readonly bytes: Buffer;
  readonly bodyAt: number;
  readonly correlationId: number;
}

/** One line of the table: this API in these versions is answered by this handler. */
export function serve<Q, S>(
  api: Api<Q, S>,
  versions: { readonly min?: number; readonly max?: number },
  handler: Handler<Q, S>,
): ServedApi {
  const min = versions.min ?? api.versions.min;
  const max = versions.max ?? api.versions.max;
  return {
    key: api.key,
    name: api.name,
    min,
    max,
    answer(broker, frame, context) {
      const request = decodeRequest(api, context.version, frame.bytes, frame.bodyAt);
      const response = handler(broker, request, context);
      if (response === undefined) return undefined;
      if (response instanceof Promise) {
        return response.then((body) =>
          body === undefined ? undefined : encodeResponse(api, context.version, frame.correlationId, body),
        );
      }
      return encodeResponse(api, context.version, frame.correlationId, response);
    },
  };
}

export class Dispatcher {
  readonly #served: ReadonlyMap<number, ServedApi>;

  constructor(served: readonly ServedApi[]) {
    this.#served = new Map(served.map((each) => [each.key, each]));
  }

  /** Throws (or rejects with) DecodeError when the connection must be closed. */
  answer(
    broker: BrokerState,
    bytes: Buffer,
    connection: { readonly clientHost: string; readonly signal: AbortSignal },
  ): Answer | Promise<Answer> {
    const { header, bodyAt } = peekRequest(bytes);
    const { apiKey, version, correlationId } = header;
    const api = this.#served.get(apiKey);
    if (api === undefined) throw new DecodeError(`API key ${apiKey} is not served`);
    if (version < api.min || version > api.max) {
      // KIP-511: a client may ask in a version we do not have; the answer in version 0 tells it which we do.
      if (apiKey !== apiVersions.key) throw new DecodeError(`${api.name} version ${version} is not served`);
      const apiKeys = [{ apiKey, minVersion: api.min, maxVersion: api.max }];
      return encodeResponse(apiVersions, 0, correlationId, { errorCode: errorCode.UNSUPPORTED_VERSION, apiKeys });
    }
    const context: RequestContext = {
      version,
      clientId: header.clientId ?? '',
      clientHost: connection.clientHost,
      nowMs: broker.clock.nowMs(),
      signal: connection.signal,
    };
    return api.answer(broker, { bytes, bodyAt, correlationId }, context);
  }
}
