/**
 * A request frame → the answer's chunks. A malformed frame or an unknown API is a DecodeError: the connection that
 * sent it is closed and nothing else happens. Serves docs/spec/broker.md §1.
 */

import type { Address } from '../base/connection.js';
import { addOffsetsToTxn } from '../protocol/api/add-offsets-to-txn.js';
import { addPartitionsToTxn } from '../protocol/api/add-partitions-to-txn.js';
import { apiVersions } from '../protocol/api/api-versions.js';
import { consumerGroupDescribe } from '../protocol/api/consumer-group-describe.js';
import { consumerGroupHeartbeat } from '../protocol/api/consumer-group-heartbeat.js';
import { deleteGroups } from '../protocol/api/delete-groups.js';
import { deleteTopics } from '../protocol/api/delete-topics.js';
import { describeGroups } from '../protocol/api/describe-groups.js';
import { describeTransactions } from '../protocol/api/describe-transactions.js';
import { endTxn } from '../protocol/api/end-txn.js';
import { initProducerId } from '../protocol/api/init-producer-id.js';
import { joinGroup } from '../protocol/api/join-group.js';
import { leaveGroup } from '../protocol/api/leave-group.js';
import { listGroups } from '../protocol/api/list-groups.js';
import { listTransactions } from '../protocol/api/list-transactions.js';
import { offsetCommit } from '../protocol/api/offset-commit.js';
import { offsetDelete } from '../protocol/api/offset-delete.js';
import { offsetFetch } from '../protocol/api/offset-fetch.js';
import { syncGroup } from '../protocol/api/sync-group.js';
import { txnOffsetCommit } from '../protocol/api/txn-offset-commit.js';
import { decodeRequest, encodeResponse, peekRequest } from '../protocol/codec.js';
import { errorCode } from '../protocol/errors.js';
import { DecodeError } from '../protocol/reader.js';
import type { Api, Draft } from '../protocol/schema.js';
import { clientOf } from './quotas/limits.js';
import { Meter } from './quotas/meter.js';
import type { Guard } from './security/guards.js';
import type { Session } from './security/session.js';
import { type Answer, type BrokerState, type Handler, type RequestContext, Withholdable } from './state.js';

type Chunks = Buffer[] | undefined;

/** An answer, and for how long the connection is not read afterwards. */
export interface Served {
  readonly chunks: Chunks;
  readonly throttleMs: number;
}

export interface ServedApi {
  readonly key: number;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly answer: (broker: BrokerState, frame: Frame, context: RequestContext) => Served | Promise<Served>;
}

interface Frame {
  readonly bytes: Buffer;
  readonly bodyAt: number;
  readonly correlationId: number;
}

/** The rights that the whole request needs, and its answer to who lacks them. */
export interface Guarded<Q, S> {
  readonly needs: Guard<Q>;
  readonly refuse: (request: Q, code: number, version: number) => Draft<S>;
}

/** What one connection is for the requests that come by it. */
export interface Caller {
  readonly clientHost: string;
  readonly advertised: Address;
  readonly session: Session;
  readonly signal: AbortSignal;
}

/**
 * What is answered only when the broker's own records are as durable as `flush.messages` asks, and what is done where a disk
 * fails then: who only reads is told what can be told now, who wrote that there is no coordinator.
 */
const journaled: ReadonlyMap<number, 'refuse' | 'again'> = new Map([
  [offsetCommit.key, 'refuse'],
  [joinGroup.key, 'refuse'],
  [leaveGroup.key, 'refuse'],
  [syncGroup.key, 'refuse'],
  [consumerGroupHeartbeat.key, 'refuse'],
  [deleteTopics.key, 'refuse'],
  [initProducerId.key, 'refuse'],
  [addPartitionsToTxn.key, 'refuse'],
  [addOffsetsToTxn.key, 'refuse'],
  [endTxn.key, 'refuse'],
  [txnOffsetCommit.key, 'refuse'],
  [deleteGroups.key, 'refuse'],
  [offsetDelete.key, 'refuse'],
  // Who only reads is told nothing that could be lost.
  [offsetFetch.key, 'again'],
  [listGroups.key, 'again'],
  [describeGroups.key, 'again'],
  [consumerGroupDescribe.key, 'again'],
  [listTransactions.key, 'again'],
  [describeTransactions.key, 'again'],
]);

/** One line of the table: this API in these versions is answered by this handler, to who has the right. */
export function serve<Q, S>(
  api: Api<Q, S>,
  versions: { readonly min?: number; readonly max?: number },
  handler: Handler<Q, S>,
  guarded?: Guarded<Q, S>,
): ServedApi {
  const min = versions.min ?? api.versions.min;
  const max = versions.max ?? api.versions.max;
  return {
    key: api.key,
    name: api.name,
    min,
    max,
    answer(broker, frame, context) {
      const meter = meterOf(broker, api, frame, context);
      const request = decodeRequest(api, context.version, frame.bytes, frame.bodyAt);
      const encode = (body: Draft<S>) => encodeResponse(api, context.version, frame.correlationId, body);
      const finish = (answer: Answer<S>): Served => {
        if (answer instanceof Withholdable) return finishWithholdable(answer);
        const chunks = answer === undefined ? undefined : encode(answer);
        const ownMs = (answer as { readonly throttleTimeMs?: number } | undefined)?.throttleTimeMs ?? 0;
        const throttleMs = Math.max(ownMs, meter?.charge(sizeOf(chunks)) ?? 0);
        if (answer === undefined || throttleMs === ownMs) return { chunks, throttleMs };
        return { chunks: encode(throttled(answer, throttleMs)), throttleMs };
      };
      const finishWithholdable = (answer: Withholdable<S>): Served => {
        if (meter === undefined) return unthrottled(encode(answer.told()));
        const measured = encode(answer.body);
        const throttleMs = meter.charge(sizeOf(measured));
        if (throttleMs === 0) return unthrottled(encode(answer.told()));
        for (const { buffer } of measured) broker.answerMemory.giveBack(buffer);
        return { chunks: encode(throttled(answer.withheld, throttleMs)), throttleMs };
      };
      const refusal = guarded?.needs(request, context.rights, context.version) ?? errorCode.NONE;
      if (guarded !== undefined && refusal !== errorCode.NONE) {
        return finish(guarded.refuse(request, refusal, context.version));
      }
      const response = handler(broker, request, context);
      const flushes = journaled.get(api.key);
      const onceDurable = async (body: Answer<S>, due = broker.topics.flushDue('internal')): Promise<Answer<S>> => {
        try {
          await due;
          return body;
        } catch (error) {
          broker.log.error({ error: String(error), api: api.name }, "the broker's own records are not on the disk");
          if (flushes === 'again') return handler(broker, request, context);
          if (guarded === undefined) throw error;
          return guarded.refuse(request, errorCode.NOT_COORDINATOR, context.version);
        }
      };
      const finishLater = async (answer: Promise<Answer<S>>): Promise<Served> => {
        meter?.waits();
        const body = await answer;
        meter?.goesOn();
        return finish(body);
      };
      if (response instanceof Promise) {
        return finishLater(flushes ? response.then((body) => onceDurable(body)) : response);
      }
      const due = flushes && broker.topics.flushDue('internal');
      return due ? finishLater(onceDurable(response, due)) : finish(response);
    },
  };
}

/** Undefined: nobody's use is counted, or this is a part of a login. */
function meterOf({ quotas, clock }: BrokerState, api: { readonly key: number }, frame: Frame, context: RequestContext) {
  if (quotas.isIdle || !context.session.isOpen) return undefined;
  return new Meter(quotas, clock, clientOf(context), { apiKey: api.key, bytes: frame.bytes.length });
}

function sizeOf(chunks: Chunks): number | undefined {
  return chunks?.reduce((sum, { length }) => sum + length, 0);
}

/** Versions before throttle times leave the field out. */
function throttled<S>(body: Draft<S>, throttleMs: number): Draft<S> {
  // Cast: whatever the API, this field means the same in it.
  return Object.assign({}, body, { throttleTimeMs: throttleMs }) as Draft<S>;
}

export class Dispatcher {
  readonly #served: ReadonlyMap<number, ServedApi>;

  constructor(served: readonly ServedApi[]) {
    this.#served = new Map(served.map((each) => [each.key, each]));
  }

  /** Throws (or rejects with) DecodeError when the connection must be closed. */
  answer(broker: BrokerState, bytes: Buffer, caller: Caller): Served | Promise<Served> {
    const { clientHost, advertised, session, signal } = caller;
    if (session.expectsToken) return unthrottled(answerToken(session, bytes));
    const { header, bodyAt } = peekRequest(bytes);
    const { apiKey, version, correlationId } = header;
    const api = this.#served.get(apiKey);
    if (api === undefined) throw new DecodeError(`API key ${apiKey} is not served`);
    if (version < api.min || version > api.max) {
      // KIP-511: a client may ask in a version we do not have; the answer in version 0 tells it which we do.
      if (apiKey !== apiVersions.key) throw new DecodeError(`${api.name} version ${version} is not served`);
      const apiKeys = [{ apiKey, minVersion: api.min, maxVersion: api.max }];
      const body = { errorCode: errorCode.UNSUPPORTED_VERSION, apiKeys };
      return unthrottled(encodeResponse(apiVersions, 0, correlationId, body));
    }
    const admission = session.admit(apiKey);
    if (admission === 'close') throw new DecodeError(`${api.name} is out of place before or during a login`);
    const context: RequestContext = {
      version,
      clientId: header.clientId ?? '',
      clientHost,
      advertised,
      session,
      rights: session.rights,
      isIllegal: admission === 'illegal',
      nowMs: broker.clock.nowMs(),
      signal,
    };
    return api.answer(broker, { bytes, bodyAt, correlationId }, context);
  }
}

function unthrottled(chunks: Chunks): Served {
  return { chunks, throttleMs: 0 };
}

/** After a handshake of version 0: only lengths and messages, in both directions. A login that fails ends without a word. */
function answerToken(session: Session, token: Buffer): Chunks {
  const outcome = session.authenticate(token, false);
  if (outcome.kind === 'failed') return undefined;
  const length = Buffer.alloc(4);
  length.writeInt32BE(outcome.bytes.length);
  return [length, outcome.bytes];
}
