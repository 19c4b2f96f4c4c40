/** Requests made from docs/openapi.json and spoiled in one way each: refused as published, and nothing has changed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonSchema, openApi } from '../../test/harness/documented.js';
import { documentedApp } from '../../test/harness/documented-app.js';
import { FAKE_TOKEN, type FakeCluster, fakeSurroundings, UNKNOWN } from '../../test/harness/fake-clusters.js';
import {
  notNull,
  type Sample,
  STOCKED_SECRET,
  samples,
  stockedCluster,
  typeOf,
  urlOf,
} from '../../test/harness/rest-samples.js';

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
  return async (method: string, url: string, body?: string, authorization = `Bearer ${FAKE_TOKEN}`) => {
    const headers = { authorization };
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

type BadRequest = readonly [url: string, body: string | undefined, refused: Refused];

/** Each sample must yield one at least, and all together no fewer than there were: a generator that makes none finds nothing. */
async function refusesAll(
  countMin: number,
  ofSamples: readonly Sample[],
  badRequests: (sample: Sample) => readonly BadRequest[],
): Promise<void> {
  const cluster = stockedCluster();
  const ask = serve([cluster]);
  const before = stateOf(cluster);
  let count = 0;
  for (const sample of ofSamples) {
    const made = badRequests(sample);
    assert.notEqual(made.length, 0, `${sample.id} was not spoiled`);
    count += made.length;
    for (const [url, body, { status, code, names }] of made) {
      const what = `${sample.method} ${url} ${body?.slice(0, 200) ?? ''}`;
      const answer = await ask(sample.method, url, body);
      assert.equal(answer.status, status, `${what}: ${answer.message}`);
      assert.ok([code].flat().includes(answer.error_code ?? 0), `${what}: ${answer.error_code} ${answer.message}`);
      if (names !== undefined)
        assert.ok(answer.message?.includes(names), `${what} does not name ${names}: ${answer.message}`);
      assert.deepEqual(stateOf(cluster), before, `${what} has changed something`);
    }
  }
  assert.ok(count >= countMin, `${count} bad requests were made, and there have been ${countMin}`);
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
  return (sample: Sample): BadRequest[] =>
    spoil(sample.body, bodySchema(sample), change).map(({ value, names }) => {
      return [urlOf(sample), JSON.stringify(value), { status: 400, code: 400, names }];
    });
}

test('every sample is a request that is carried out, so that what spoils it is why it is refused [1.3]', async () => {
  // One server for all: building one takes longer than asking it.
  const clusters: FakeCluster[] = [];
  const ask = serve(clusters);
  for (const sample of all) {
    clusters.splice(0, 1, stockedCluster());
    const key = `Basic ${Buffer.from(`sa-fake01:${STOCKED_SECRET}`).toString('base64')}`;
    const answer = await ask(sample.method, urlOf(sample), textOf(sample), ...(sample.byKey ? [key] : []));
    const expected = sample.operation.summary.includes('Not yet: 400') ? 400 : 204;
    assert.ok(answer.status <= expected, `${sample.method} ${urlOf(sample)}: ${answer.status} ${answer.message}`);
  }
});

test('a body that misses a required field is 400, and the field is named [1.3]', () =>
  refusesAll(
    32,
    withBody.filter((sample) => (notNull(bodySchema(sample)).required ?? []).length > 0),
    bodies((object, field, schema) => {
      if (!schema.required?.includes(field)) return undefined;
      return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field));
    }),
  ));

test('a field of the wrong type is 400, and the field is named [1.3]', () =>
  refusesAll(
    83,
    withBody,
    bodies((object, field, schema) => {
      const type = typeOf(schema.properties?.[field] ?? {});
      return { ...object, [field]: type === 'string' ? 7 : type === 'object' ? [] : 'word' };
    }),
  ));

test('a field that nobody knows is 400, and the field is named [1.3]', () => {
  const unknown = bodies((object, field, schema) => {
    if (field !== Object.keys(schema.properties ?? {})[0]) return undefined;
    return { ...object, [UNKNOWN]: 1 };
  });
  return refusesAll(27, withBody, (sample) =>
    unknown(sample).map(([url, body, refused]) => [url, body, { ...refused, names: UNKNOWN }]),
  );
});

test('a body that is no JSON is 400, no object is 400, and one that is too large 413 [1.3] [1.9]', () =>
  refusesAll(92, withBody, (sample) => [
    [urlOf(sample), '{', { status: 400, code: 400 }],
    [urlOf(sample), '[]', { status: 400, code: 400 }],
    [urlOf(sample), 'null', { status: 400, code: 400 }],
    [urlOf(sample), TOO_LARGE, { status: 413, code: 413 }],
  ]));

test('a parameter that is missing or none of the words is 400 with 40002, and the parameter is named [1.3]', () => {
  const checked = ({ operation }: Sample) =>
    operation.parameters.filter(({ in: place, required, schema }) => {
      return place === 'query' && (required || isClosed(schema));
    });
  return refusesAll(
    34,
    all.filter((sample) => checked(sample).length > 0),
    (sample) =>
      checked(sample).flatMap(({ name, required, schema }) => {
        const refused = { status: 400, code: 40002, names: said(name) };
        const without = Object.fromEntries(Object.entries(sample.query).filter(([each]) => each !== name));
        const spoiled = [
          ...(required ? [without] : []),
          ...(isClosed(schema) ? [{ ...sample.query, [name]: 'wrong' }] : []),
        ];
        return spoiled.map((query): BadRequest => [urlOf({ ...sample, query }), textOf(sample), refused]);
      }),
  );
});

function isClosed(schema: JsonSchema): boolean {
  return schema.enum !== undefined || schema.type === 'boolean';
}

/** The published sentence for a link without a name does not use the parameter's. */
function said(parameter: string): string {
  return parameter === 'link_name' ? 'Invalid Cluster Link Name.' : parameter.replace('mirror_', '');
}

test('whatever does not exist is 404: 40403 for topics and partitions, else 404 [1.3]', () => {
  const named = (sample: Sample) => Object.keys(sample.path).filter((name) => !decidedElsewhere(sample, name));
  return refusesAll(
    134,
    all.filter((sample) => named(sample).length > 0),
    (sample) =>
      named(sample).map((name) => {
        const url = urlOf({ ...sample, path: { ...sample.path, [name]: UNKNOWN } });
        const ofTopics = name === 'topic_name' || name === 'partition_id';
        return [url, textOf(sample), { status: 404, code: ofTopics ? 40403 : 404 }];
      }),
  );
});

/** Kafka or control say themselves whether there is a setting of that name. */
function decidedElsewhere({ method }: Sample, parameter: string): boolean {
  return parameter === 'config_name' && method !== 'GET';
}

test('a method that is not served at a path is 405, and those that are are told [1.3]', async () => {
  const cluster = stockedCluster();
  const ask = serve([cluster]);
  const before = stateOf(cluster);
  let count = 0;
  for (const [template, methods] of Object.entries(openApi.paths)) {
    const sample = all.find((each) => each.template === template);
    assert.ok(sample);
    // Another row may serve this very path too: `/links/-/mirrors` is also a link called `-`.
    const served = new Set(Object.keys(methods).map((each) => each.toUpperCase()));
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((each) => !served.has(each))) {
      const answer = await ask(method, urlOf({ ...sample, query: {} }), method === 'GET' ? undefined : '{}');
      if (template.includes('/-/')) continue;
      count++;
      assert.deepEqual([answer.status, answer.error_code], [405, 405], `${method} ${template}`);
      assert.deepEqual(new Set(answer.allow?.split(', ')), served, template);
    }
  }
  assert.ok(count >= 225, `${count} wrong methods were tried`);
  assert.deepEqual(stateOf(cluster), before);
});

test('without credentials everything but what is open is 401 with 40101, and nothing is done [1.2]', async () => {
  const cluster = stockedCluster();
  const ask = serve([cluster]);
  const before = stateOf(cluster);
  const guarded = all.filter(({ operation }) => operation.security === undefined);
  assert.ok(guarded.length >= 82, `${guarded.length} operations need credentials`);
  for (const sample of guarded) {
    const answer = await ask(sample.method, urlOf(sample), textOf(sample), 'Bearer wrong');
    assert.deepEqual([answer.status, answer.error_code], [401, 40101], sample.id);
  }
  assert.deepEqual(stateOf(cluster), before);
});
