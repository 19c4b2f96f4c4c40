import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type JsonSchema, openApi, undocumented } from '../../test/harness/documented.js';
import { fakeSurroundings } from '../../test/harness/fake-clusters.js';
import { packageRoot } from '../../test/harness/package-root.js';
import { stale } from '../../tools/write-openapi.js';
import { createApp } from './app.js';
import { operations } from './operations.js';

test('docs/openapi.json and the list in docs/spec/rest.md are what the table says [1.10]', () => {
  assert.deepEqual(stale(packageRoot), []);
});

test('the document is OpenAPI 3.1 [1.10]', async () => {
  const { valid, errors } = await new Validator().validate({ ...openApi });
  assert.ok(valid, JSON.stringify(errors));
});

test('the server tells the committed document to anybody [1.10]', async () => {
  const answer = await createApp(fakeSurroundings([])).request('/openapi.json');
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), openApi);
});

test('every route is in the document, and everything in the document is a route, at both bases [1.1]', () => {
  const routes = createApp(fakeSurroundings([])).routes.filter(({ method }) => method !== 'ALL');
  // A parameter with a pattern of its own ends in a verb.
  const served = routes.map(({ method, path }) => {
    return `${method} ${path.replaceAll(/:(\w+)\{[^}]*(:\w+)\}/g, '{$1}$2').replaceAll(/(?<=\/):(\w+)/g, '{$1}')}`;
  });
  const listed = Object.entries(openApi.paths).flatMap(([path, methods]) => {
    return Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`);
  });
  const older = listed.filter((each) => each.includes(' /kafka/v3')).map((each) => each.replace('/kafka/v3', '/v3'));
  assert.deepEqual(served.toSorted(), [...listed, ...older].toSorted());
  assert.ok(older.length > 50);
});

test('operation ids are unique', () => {
  const ids = operations.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

function objectsIn(schema: unknown, at: string): [string, JsonSchema][] {
  if (schema === null || typeof schema !== 'object') return [];
  const own: [string, JsonSchema][] = 'properties' in schema ? [[at, schema as JsonSchema]] : [];
  return [...own, ...Object.entries(schema).flatMap(([key, each]) => objectsIn(each, `${at}/${key}`))];
}

test('no schema is empty: every object is closed, and every field says its type and what it means [1.10]', () => {
  for (const [name, schema] of Object.entries(openApi.components.schemas)) {
    assert.ok(schema.description, name);
    if (name === 'OpenApi') continue;
    const objects = objectsIn(schema, name);
    assert.notEqual(objects.length, 0, name);
    for (const [at, object] of objects) {
      assert.equal(object.additionalProperties, false, at);
      for (const [field, of] of Object.entries(object.properties ?? {})) {
        assert.ok(of.$ref ?? of.type ?? of.anyOf ?? of.enum, `${at}.${field} has no type`);
        if (of.$ref === undefined) assert.ok(of.description, `${at}.${field} has no description`);
      }
    }
  }
  for (const { operationId, responses, parameters } of Object.values(openApi.paths).flatMap((each) =>
    Object.values(each),
  )) {
    for (const { name, schema } of parameters) assert.ok(schema.type ?? schema.enum, `${operationId}: ${name}`);
    assert.ok(Object.keys(responses).length > 1, operationId);
  }
});

test('an answer that is not as documented is noticed: field, type, word, status, body, media type, path', () => {
  const path = '/v3/clusters/c/links/l/configs/n?validate_link=false';
  const setting = {
    kind: 'KafkaLinkConfigData',
    metadata: { self: 's', resource_name: null },
    cluster_id: 'c',
    link_name: 'l',
    name: 'n',
    value: null,
    is_default: true,
    is_read_only: false,
    is_sensitive: false,
    default: true,
    read_only: false,
    sensitive: false,
    source: 'DEFAULT_CONFIG',
    synonyms: [],
    note: null,
  };
  const seen = { method: 'GET', path, status: 200, mediaType: 'application/json' };
  const problem = JSON.stringify({ error_code: 404, message: 'm' });
  const { note: _, ...short } = setting;
  const wrong = (change: object, text: unknown = setting) =>
    undocumented({ ...seen, text: typeof text === 'string' ? text : JSON.stringify(text), ...change });
  assert.equal(wrong({}), undefined);
  assert.equal(wrong({ status: 404 }, problem), undefined);
  assert.equal(wrong({ method: 'DELETE', status: 204 }, ''), undefined);
  assert.equal(wrong({ path: '/nowhere', status: 404 }, problem), undefined);
  assert.match(wrong({}, short) ?? '', /note/);
  assert.match(wrong({}, { ...setting, more: 1 }) ?? '', /additional/);
  assert.match(wrong({}, { ...setting, synonyms: [{ name: 'n' }] }) ?? '', /synonyms/);
  assert.match(wrong({}, { ...setting, source: 'MINE' }) ?? '', /source/);
  assert.match(wrong({ status: 418 }, problem) ?? '', /status/);
  assert.match(wrong({ status: 404 }, '{}') ?? '', /error_code/);
  assert.match(wrong({ mediaType: 'text/plain' }) ?? '', /media type/);
  assert.match(wrong({ method: 'DELETE', status: 204 }, 'x') ?? '', /a body/);
  assert.match(wrong({ method: 'PATCH', status: 404 }, problem) ?? '', /405/);
  assert.match(wrong({ path: '/nowhere' }) ?? '', /404/);
});
