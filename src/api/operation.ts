/**
 * What one REST operation is: a row of the table in `operations.ts`, from which come routing, the check of query and body,
 * and the OpenAPI document. A row's handler gets what its schemas let through and returns what they promise: what they do
 * not name cannot be answered. Spec: docs/spec/rest.md.
 */
import type { Context } from 'hono';
import type { z } from 'zod';
import { type ClusterOfPath, clusterOf } from './cluster-of-path.js';
import { toJson } from './json.js';
import { jsonSequence, toJsonSequence } from './json-sequence.js';
import type { ApiSurroundings } from './ports.js';
import { type ProblemStatus, problems } from './problems.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
/** `published`: below `/kafka/v3` and below `/v3`. `klink`: below `/klink/v1`. `root`: klink's own, below nothing. */
export type Base = 'published' | 'klink' | 'root';
/** The first one is in the document. */
export const BASES: Readonly<Record<Base, readonly string[]>> = {
  published: ['/kafka/v3', '/v3'],
  klink: ['/klink/v1'],
  root: [''],
};

type SuccessStatus = 200 | 201 | 204;

/** Of `/a/{b}/{c}:verb`: `b` and `c`. */
type ParametersOf<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParametersOf<Rest>
  : never;

export interface Asked<P extends string, Q, B> {
  readonly c: Context;
  readonly surroundings: ApiSurroundings;
  /** Address of this server with the base that the caller used: `http://host:port/kafka/v3`. */
  readonly base: string;
  /** Of the path, decoded. */
  readonly params: Readonly<Record<ParametersOf<P>, string>>;
  /** The one of the path, where it names one. */
  readonly cluster: 'cluster_id' extends ParametersOf<P> ? ClusterOfPath : undefined;
  readonly query: Q;
  readonly body: B;
}

type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

interface Described {
  readonly base: Base;
  readonly method: Method;
  /** Below its base, as OpenAPI writes it. */
  readonly path: string;
  readonly id: string;
  /** Heading of the document under which it stands. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly status: SuccessStatus;
  /** Its status where the body says `validate_only`, if that is another one. */
  readonly validatedStatus?: SuccessStatus;
  /** Headers of its answer, by what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Published statuses beside those that every operation of its shape has (`openapi.ts`). */
  readonly refusals?: readonly ProblemStatus[];
  /** Served without credentials. */
  readonly open?: boolean;
  /** Body and answer are arrays here, and on the wire JSON values one after another. */
  readonly sequence?: boolean;
}

interface Row<P extends string, A extends z.ZodType, Q extends z.ZodObject, B extends z.ZodType> extends Described {
  readonly path: P;
  readonly query?: Q;
  readonly body?: B;
  /** Left out: the answer has no body. */
  readonly answer?: A;
  run(asked: Asked<P, z.output<Q>, z.output<B>>): Promise<DeepReadonly<z.input<A>>>;
}

export interface Operation extends Described {
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly answer: z.ZodType | undefined;
  /** Throws a Problem when query or body are not as the schemas say, or the cluster is not managed, before it is asked. */
  handle(c: Context, surroundings: ApiSurroundings): Promise<Response>;
}

type NoQuery = z.ZodObject<Record<never, never>>;

export function operation<
  P extends string,
  A extends z.ZodType = z.ZodVoid,
  Q extends z.ZodObject = NoQuery,
  B extends z.ZodType = z.ZodUndefined,
>(row: Row<P, A, Q, B>): Operation {
  const { query, body, answer, run, ...described } = row;
  return {
    ...described,
    query,
    body,
    answer,
    async handle(c, surroundings) {
      const given = body === undefined ? undefined : await bodyOf(c, body, row.sequence === true);
      // Without a schema nothing is read, and `run` is typed to get nothing.
      const asking = (query === undefined ? {} : queryOf(c, query)) as z.output<Q>;
      const base = `${surroundings.url()}${BASES[row.base].find((each) => c.req.path.startsWith(`${each}/`)) ?? ''}`;
      const params = parametersOf(c, row.path);
      const { cluster_id: id } = params;
      const asked = {
        c,
        surroundings,
        base,
        params,
        cluster: id === undefined ? undefined : clusterOf(c, surroundings, id, base),
        query: asking,
        body: given,
      };
      // The names in the path are read by the type as they are read here.
      const value = await run(asked as Asked<P, z.output<Q>, z.output<B>>);
      const status = isDryRun(given) ? (row.validatedStatus ?? row.status) : row.status;
      if (answer === undefined || status === 204) return c.body(null, status);
      const text = row.sequence && Array.isArray(value) ? toJsonSequence(value) : toJson(value);
      return c.body(text, status, { 'content-type': 'application/json' });
    },
  };
}

/** Each `{name}` of a path, with the verb where one follows. */
export const PATH_PARAMETER = /\{(\w+)\}(:\w+)?/g;

function parametersOf(c: Context, path: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...path.matchAll(PATH_PARAMETER)].map(([, name = '', verb = '']) => {
      // The router's parameter is the whole step.
      const step = c.req.param(name) ?? '';
      return [name, step.slice(0, step.length - verb.length)];
    }),
  );
}

function isDryRun(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'validate_only' in body && body.validate_only === true;
}

/** Parameters that nobody knows are left alone, as published clients expect. */
function queryOf<Q extends z.ZodObject>(c: Context, schema: Q): z.output<Q> {
  const given = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, c.req.query(name)]));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw problems.invalid(told(parsed.error, 'the query'));
}

/** An empty body counts as `{}`, or as no value. */
async function bodyOf<B extends z.ZodType>(c: Context, schema: B, sequence: boolean): Promise<z.output<B>> {
  const text = await c.req.text();
  let value: unknown;
  try {
    if (sequence) value = jsonSequence(text);
    else value = text === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw problems.badJson(error instanceof Error ? error.message : String(error));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw problems.badJson(told(parsed.error, 'the body'));
}

/** The first thing that is wrong, and where. A message that is a sentence of its own stands for itself. */
function told(error: z.ZodError, whole: string): string {
  const issue = error.issues[0];
  const message = issue?.message ?? 'not as expected';
  if (/^[A-Z].*\.$/.test(message)) return message;
  return `${issue?.path.join('.') || whole}: ${message}`;
}
