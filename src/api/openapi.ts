/** The OpenAPI 3.1 document, made of the table of operations alone. What has an id among the schemas is a component. */
import { z } from 'zod';
import { BASES, type Operation, operation, PATH_PARAMETER } from './operation.js';
import type { ProblemStatus } from './problems.js';
import { problem } from './schemas/common.js';

type JsonSchema = Readonly<Record<string, unknown>>;

const refusals: Readonly<Record<ProblemStatus, string>> = {
  400: 'The request is not as this document says, or cannot be carried out.',
  401: 'No credentials, or wrong ones.',
  403: 'Kafka does not allow it, or the link still has live mirrors.',
  404: 'There is no such thing.',
  405: 'Another method is served here.',
  408: 'The decision stands; carrying it out takes longer.',
  409: 'It is so already.',
  413: 'The body is too large.',
  415: 'The body is of another media type.',
  422: 'It cannot be decided now.',
  429: 'Too many failed logins.',
  500: 'The cluster did not answer, or klink failed.',
  503: 'Another klink owns the destination now, or none does yet: ask again.',
};

/** The table, and an operation beside it that tells the document of both. */
export function withDocument(table: readonly Operation[]): readonly Operation[] {
  const all: readonly Operation[] = [
    ...table,
    operation({
      base: 'root',
      tag: 'server',
      method: 'get',
      path: '/openapi.json',
      id: 'getOpenApiDocument',
      summary: 'This document.',
      open: true,
      status: 200,
      answer: z
        .unknown()
        .meta({ id: 'OpenApi', type: 'object', required: ['openapi', 'info', 'paths'], description: 'OpenAPI 3.1.' }),
      // Made when it is asked for: a start need not wait for it.
      run: async () => (document ??= openApiDocument(all)),
    }),
  ];
  let document: JsonSchema | undefined;
  return all;
}

export function openApiDocument(operations: readonly Operation[]): JsonSchema {
  const components = new Map<string, JsonSchema>();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const each of operations) {
    const path = `${BASES[each.base][0]}${each.path}`;
    paths[path] = { ...paths[path], [each.method]: operationObject(each, components) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'klink',
      version: '1',
      summary: 'Cluster links and mirror topics for Apache Kafka.',
      description:
        'The published Cluster Linking API v3, and klink’s own additions below `/klink/v1`. Everything below ' +
        '`/kafka/v3` is served below `/v3` as well, and a slash at the end of a path changes nothing.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    security: [{ bearer: [] }, { basic: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The operator token, or that of a login.' },
        basic: { type: 'http', scheme: 'basic', description: 'The same as password, or an API key with its secret.' },
      },
      responses: refusalObjects(components),
      schemas: Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function refusalObjects(components: Map<string, JsonSchema>): JsonSchema {
  const schema = schemaOf(problem, 'output', components);
  return Object.fromEntries(
    Object.entries(refusals).map(([status, description]) => [
      `Refused${status}`,
      { description, content: { 'application/json': { schema } } },
    ]),
  );
}

function operationObject(each: Operation, components: Map<string, JsonSchema>): JsonSchema {
  const bodySchema = each.body && schemaOf(one(each, each.body), 'input', components);
  return {
    operationId: each.id,
    tags: [each.tag],
    summary: each.summary,
    ...(each.description === undefined ? {} : { description: each.description }),
    ...(each.open ? { security: [] } : {}),
    parameters: [...pathParameters(each.path), ...queryParameters(each.query, components)],
    ...(bodySchema === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: bodySchema } } } }),
    responses: {
      ...Object.fromEntries(
        [each.status, each.validatedStatus]
          .filter((status) => status !== undefined)
          .map((status) => [status, successObject(each, components)]),
      ),
      ...Object.fromEntries(
        refusalsOf(each).map((status) => [status, { $ref: `#/components/responses/Refused${status}` }]),
      ),
    },
  };
}

function successObject(each: Operation, components: Map<string, JsonSchema>): JsonSchema {
  const { answer, headers = {} } = each;
  const described = Object.entries(headers).map(([name, description]) => {
    return [name, { description, schema: { type: 'string' } }];
  });
  const content = answer && { 'application/json': { schema: schemaOf(one(each, answer), 'output', components) } };
  return {
    description: content === undefined ? 'Done; the answer has no body.' : 'As asked.',
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(content === undefined ? {} : { content }),
  };
}

/** Of a sequence the document shows one value. */
function one({ sequence }: Operation, schema: z.ZodType): z.ZodType {
  return sequence && schema instanceof z.ZodArray ? (schema.element as z.ZodType) : schema;
}

/** What any operation of its shape may refuse with, and what its row adds. */
function refusalsOf(each: Operation): readonly ProblemStatus[] {
  if (each.open) return [500];
  const statuses: ProblemStatus[] = [400, 401, 403, 429, 500, 503, ...(each.refusals ?? [])];
  if (each.path.includes('{')) statuses.push(404);
  if (each.body) statuses.push(413);
  return [...new Set(statuses)].sort();
}

function pathParameters(path: string): readonly JsonSchema[] {
  return [...path.matchAll(PATH_PARAMETER)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: `The ${name.replaceAll('_', ' ').replace(/ (id|name)$/, '')}.`,
    schema: { type: 'string', minLength: 1 },
  }));
}

function queryParameters(query: z.ZodObject | undefined, components: Map<string, JsonSchema>): readonly JsonSchema[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema as z.ZodType, 'output', components);
    // What has a default or may be left out takes nothing at all.
    const required = !(schema as z.ZodType).safeParse(undefined).success;
    return { name, in: 'query', required, description, schema: rest };
  });
}

/** Moves what has an id to the components. What zod cannot say in JSON Schema says so in its `meta`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Map<string, JsonSchema>): JsonSchema {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  for (const [id, component] of Object.entries($defs ?? {})) components.set(id, atComponents(component) as JsonSchema);
  return atComponents(rest) as JsonSchema;
}

function atComponents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(atComponents);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      // The name of a component; a property of that name is an object.
      .filter(([key, each]) => !(key === 'id' && typeof each === 'string'))
      .map(([key, each]) => {
        if (key === '$ref' && typeof each === 'string') return [key, each.replace('#/$defs/', '#/components/schemas/')];
        return [key, atComponents(each)];
      }),
  );
}
