/** Requests made from docs/openapi.json and spoiled in one way each: refused as published, and nothing has changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonSchema, openApi } from '../../test/harness/documented.js';
import { documentedApp } from '../../test/harness/documented-app.js';
import { FAKE_TOKEN, type FakeCluster, fakeSurroundings, UNKNOWN } from '../../test/harness/fake-clusters.js';
import { notNull, type Sample, samples, stockedCluster, typeOf, urlOf } from '../../test/harness/rest-samples.js';

const TOO_LARGE = ' '.repeat(1024 * 1024 + 1);

interface Refused {
  readonly status: number;
  readonly code: number | readonly number[];
  /** What the message has to name. */
  readonly names?: string;
}

function serve(clusters: readonly FakeCluster[]) {
  const demo = { names: ['dr'], act: async (name: string) => void clusters[0]?.calls.push({ demo: name }) };
  const app = documentedApp({ ...fakeSurroundings(clusters), demo });
  return async (method: string, url: string, body?: string, token = FAKE_TOKEN) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await app.request(url, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await answer.text();
    const parsed = (text === '' ? {} : JSON.parse(text)) as { readonly error_code?: number; readonly message?: string };
    return { ...parsed, status: answer.status, allow: answer.headers.get('allow') };
  };
}

function textOf({ body }: Sample): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}

/** Reading ACLs is recorded too, and changes nothing. */
function stateOf({ calls, topics, linkViews, mirrorViews }: FakeCluster): unknown {
  return structuredClone([
    calls.filter((call) => !Object.hasOwn(call as object, 'acls')),
    topics,
    linkViews,
    mirrorViews,
  ]);
}

async function refusesAll(cases: readonly (readonly [string, string, string | undefined, Refused])[]): Promise<void> {
  const cluster = stockedCluster();
  const ask = serve([cluster]);
  const before = stateOf(cluster);
  for (const [method, url, body, { status, code, names }] of cases) {
    const what = `${method} ${url} ${body?.slice(0, 200) ?? ''}`;
    const answer = await ask(method, url, body);
    assert.equal(answer.status, status, `${what}: ${answer.message}`);
    assert.ok([code].flat().includes(answer.error_code ?? 0), `${what}: ${answer.error_code} ${answer.message}`);
    if (names !== undefined)
      assert.ok(answer.message?.includes(names), `${what} does not name ${names}: ${answer.message}`);
    assert.deepEqual(stateOf(cluster), before, `${what} has changed something`);
  }
  assert.notEqual(cases.length, 0);
}

interface Spoiled {
  readonly value: unknown;
  readonly names: string;
}

/** The value once for each field of it at any depth, that field changed by `change`. */
function spoil(
  value: unknown,
  given: JsonSchema,
  change: (object: Readonly<Record<string, unknown>>, field: string, schema: JsonSchema) => unknown,
): Spoiled[] {
  const schema = notNull(given);
  if (Array.isArray(value)) {
    return spoil(value[0], schema.items ?? {}, change).map((each) => ({ ...each, value: [each.value] }));
  }
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Readonly<Record<string, unknown>>;
  return Object.entries(schema.properties ?? {}).flatMap(([field, of]) => {
    const changed = change(object, field, schema);
    const own = changed === undefined ? [] : [{ value: changed, names: field }];
    const inner = field in object ? spoil(object[field], of, change) : [];
    return [...own, ...inner.map((each) => ({ ...each, value: { ...object, [field]: each.value } }))];
  });
}

const all = samples();
const withBody = all.filter(({ operation }) => operation.requestBody);
const bodySchema = ({ operation }: Sample) => operation.requestBody?.content['application/json'].schema ?? {};

function bodies(change: Parameters<typeof spoil>[2]) {
  return withBody.flatMap((sample) =>
    spoil(sample.body, bodySchema(sample), change).map(({ value, names }) => {
      return [sample.method, urlOf(sample), JSON.stringify(value), { status: 400, code: 400, names }] as const;
    }),
  );
}

test('every sample is a request that is carried out, so that what spoils it is why it is refused [1.3]', async () => {
  // One server for all: building one takes longer than asking it.
  const clusters: FakeCluster[] = [];
  const ask = serve(clusters);
  for (const sample of all) {
    clusters.splice(0, 1, stockedCluster());
    const answer = await ask(sample.method, urlOf(sample), textOf(sample));
    const expected = sample.operation.summary.includes('Not yet: 400') ? 400 : 204;
    assert.ok(answer.status <= expected, `${sample.method} ${urlOf(sample)}: ${answer.status} ${answer.message}`);
  }
});

test('a body that misses a required field is 400, and the field is named [1.3]', () =>
  refusesAll(
    bodies((object, field, schema) => {
      if (!schema.required?.includes(field)) return undefined;
      return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field));
    }),
  ));

test('a field of the wrong type is 400, and the field is named [1.3]', () =>
  refusesAll(
    bodies((object, field, schema) => {
      const type = typeOf(schema.properties?.[field] ?? {});
      return { ...object, [field]: type === 'string' ? 7 : type === 'object' ? [] : 'word' };
    }),
  ));

test('a field that nobody knows is 400, and the field is named [1.3]', () =>
  refusesAll(
    bodies((object, field, schema) => {
      if (field !== Object.keys(schema.properties ?? {})[0]) return undefined;
      return { ...object, [UNKNOWN]: 1 };
    }).map(([method, url, body, refused]) => [method, url, body, { ...refused, names: UNKNOWN }]),
  ));

test('a body that is no JSON is 400, no object is 400, and one that is too large 413 [1.3] [1.9]', () =>
  refusesAll(
    withBody.flatMap((sample) => [
      [sample.method, urlOf(sample), '{', { status: 400, code: 400 }],
      [sample.method, urlOf(sample), '[]', { status: 400, code: 400 }],
      [sample.method, urlOf(sample), 'null', { status: 400, code: 400 }],
      [sample.method, urlOf(sample), TOO_LARGE, { status: 413, code: 413 }],
    ]),
  ));

test('a parameter that is missing or none of the words is 400 with 40002, and the parameter is named [1.3]', () =>
  refusesAll(
    all.flatMap((sample) => {
      const body = textOf(sample);
      const parameters = sample.operation.parameters.filter((each) => each.in === 'query');
      // The published sentence for a link without a name does not use the parameter's.
      const said = (name: string) =>
        name === 'link_name' ? 'Invalid Cluster Link Name.' : name.replace('mirror_', '');
      return parameters.flatMap(({ name, required, schema }) => {
        const refused = { status: 400, code: 40002, names: said(name) };
        const without = Object.fromEntries(Object.entries(sample.query).filter(([each]) => each !== name));
        const closed = schema.enum !== undefined || schema.type === 'boolean';
        const wrong = { ...sample.query, [name]: 'wrong' };
        return [
          ...(required ? [[sample.method, urlOf({ ...sample, query: without }), body, refused] as const] : []),
          ...(closed ? [[sample.method, urlOf({ ...sample, query: wrong }), body, refused] as const] : []),
        ];
      });
    }) as Parameters<typeof refusesAll>[0],
  ));

test('whatever does not exist is 404: 40403 for topics and partitions, else 404 [1.3]', () =>
  refusesAll(
    all.flatMap((sample) => {
      const body = textOf(sample);
      return Object.keys(sample.path)
        .filter((name) => !decidedElsewhere(sample, name))
        .map((name) => {
          const url = urlOf({ ...sample, path: { ...sample.path, [name]: UNKNOWN } });
          const ofTopics = name === 'topic_name' || name === 'partition_id';
          return [sample.method, url, body, { status: 404, code: ofTopics ? 40403 : 404 }] as const;
        });
    }) as Parameters<typeof refusesAll>[0],
  ));

/** Kafka or control say themselves whether there is a setting of that name. */
function decidedElsewhere({ method }: Sample, parameter: string): boolean {
  return parameter === 'config_name' && method !== 'GET';
}

test('a method that is not served at a path is 405, and those that are are told [1.3]', async () => {
  const cluster = stockedCluster();
  const ask = serve([cluster]);
  const before = stateOf(cluster);
  for (const [template, methods] of Object.entries(openApi.paths)) {
    const sample = all.find((each) => each.template === template);
    assert.ok(sample);
    // Another row may serve this very path too: `/links/-/mirrors` is also a link called `-`.
    const served = new Set(Object.keys(methods).map((each) => each.toUpperCase()));
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((each) => !served.has(each))) {
      const answer = await ask(method, urlOf({ ...sample, query: {} }), method === 'GET' ? undefined : '{}');
      if (template.includes('/-/')) continue;
      assert.deepEqual([answer.status, answer.error_code], [405, 405], `${method} ${template}`);
      assert.deepEqual(new Set(answer.allow?.split(', ')), served, template);
    }
  }
  assert.deepEqual(stateOf(cluster), before);
});

test('without credentials everything but what is open is 401 with 40101, and nothing is done [1.2]', async () => {
  const cluster = stockedCluster();
  const ask = serve([cluster]);
  const before = stateOf(cluster);
  for (const sample of all.filter(({ operation }) => operation.security === undefined)) {
    const answer = await ask(sample.method, urlOf(sample), textOf(sample), 'wrong');
    assert.deepEqual([answer.status, answer.error_code], [401, 40101], sample.id);
  }
  assert.deepEqual(stateOf(cluster), before);
});
