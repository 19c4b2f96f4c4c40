/** Writing records by REST: what may be sent, what becomes of it, and who may not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentedApp } from '../../test/harness/documented-app.js';
import type { FakeKey } from '../../test/harness/fake-callers.js';
import { FAKE_TOKEN, fakeCluster, fakeSurroundings, mirrorView } from '../../test/harness/fake-clusters.js';

const PATH = '/kafka/v3/clusters/d-id/topics/orders/records';

function stage({ refuses }: Pick<FakeKey, 'refuses'> = {}) {
  const dr = fakeCluster('dr', 'd-id');
  for (const name of ['orders', 'mirrored']) {
    dr.topics.set(name, { name, isInternal: false, replicationFactor: 1, partitions: 3 });
  }
  dr.mirrorViews.push(mirrorView('l', 'mirrored', 'ACTIVE'));
  const written: NonNullable<FakeKey['written']> = [];
  dr.callers.keys.set('sa-1', { secret: 'right', admin: dr.admin, rights: [], written, ...(refuses && { refuses }) });
  const app = documentedApp(fakeSurroundings([dr]));
  const ask = async (body: string, { path = PATH, login = 'sa-1:right' } = {}) => {
    const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    const response = await app.request(path, { method: 'POST', headers: { authorization }, body });
    const lines = (await response.text()).split('\n');
    // biome-ignore lint/suspicious/noExplicitAny: tests read any shape of answer.
    return { status: response.status, reports: lines.map((line): any => JSON.parse(line)) };
  };
  return { written, ask };
}

test('a record is written as base64, JSON or text tells it, and its report says where [rest 2.10]', async () => {
  const { written, ask } = stage();
  const record = {
    partition_id: 1,
    headers: [{ name: 'trace', value: 'AQI=' }, { name: 'none' }],
    key: { type: 'BINARY', data: '/wA=' },
    value: { type: 'JSON', data: { price: 12.5, of: ['a', null] } },
    timestamp: '2026-01-02T03:04:05.006Z',
  };
  const { status, reports } = await ask(JSON.stringify(record));
  assert.equal(status, 200);
  assert.deepEqual(reports, [
    {
      error_code: 200,
      partition_id: 1,
      offset: 0,
      timestamp: record.timestamp,
      cluster_id: 'd-id',
      topic_name: 'orders',
      key: { type: 'BINARY', size: 2 },
      value: { type: 'JSON', size: 30 },
    },
  ]);
  const [{ topic, record: sent } = { topic: '', record: undefined }] = written;
  assert.deepEqual([topic, sent?.partition, sent?.timestampMs], ['orders', 1, BigInt(Date.parse(record.timestamp))]);
  assert.deepEqual(sent?.key, Buffer.from([0xff, 0]));
  assert.equal(sent?.value?.toString(), '{"price":12.5,"of":["a",null]}');
  assert.deepEqual(sent?.headers, [
    { key: 'trace', value: Buffer.from([1, 2]) },
    { key: 'none', value: null },
  ]);
});

test('records follow one another in a body, and reports in their order; a null stays a null [rest 2.10]', async () => {
  const { written, ask } = stage();
  const values = ['{"value":{"type":"STRING","data":"a}{\\"b"}}', '{"key":{"type":"JSON","data":null}}', '{}'];
  for (const between of ['', '\n', ' \r\n ']) {
    const { reports } = await ask(values.join(between));
    assert.deepEqual(
      reports.map(({ error_code, offset, key, value }) => [error_code, offset, key, value]),
      [
        [200, 0, undefined, { type: 'STRING', size: 5 }],
        [200, 1, { type: 'JSON', size: null }, undefined],
        [200, 2, undefined, undefined],
      ],
    );
    const sent = written.splice(0).map(({ record }) => [record.key, record.value?.toString() ?? null]);
    assert.deepEqual(sent, [
      [null, 'a}{"b'],
      [null, null],
      [null, null],
    ]);
  }
});

test('what cannot be written as it was said is refused, with all that stands beside it [rest 2.10]', async () => {
  const { written, ask } = stage();
  for (const [spoiled, says] of [
    ['{"value":{"type":"BINARY","data":"no base64"}}', /1\.value\.data: it must be base64/],
    ['{"value":{"type":"STRING","data":7}}', /it must be a string/],
    ['{"value":{"type":"JSON","data":[9007199254740993]}}', /number that would be changed/],
    ['{"value":{"type":"JSON","data":{"a":1e400}}}', /number that would be changed/],
    ['{"value":{"type":"AVRO","data":"x"}}', /1\.value\.type: .*schema registry/],
    ['{"headers":[{"name":"a","value":"?"}]}', /1\.headers\.0\.value: it must be base64/],
    ['{"timestamp":"yesterday"}', /1\.timestamp: .*RFC 3339/],
    ['{"value":', /could not be read/],
    ['}{', /could not be read/],
  ] as const) {
    const { status, reports } = await ask(`{}${spoiled}`);
    assert.equal(status, 400, spoiled);
    assert.match(reports[0].message, says);
  }
  assert.match((await ask('')).reports[0].message, /no record/);
  for (const [path, status, code] of [
    [PATH.replace('orders', 'nope'), 404, 40403],
    [PATH.replace('orders', 'mirrored'), 400, 40002],
  ] as const) {
    const seen = await ask('{}', { path });
    assert.deepEqual([seen.status, seen.reports[0].error_code], [status, code], path);
  }
  const away = await ask('{}{"partition_id":3}');
  assert.deepEqual([away.status, away.reports[0].error_code], [404, 40403]);
  assert.deepEqual(written, []);
});

test('the operator writes no records: what klink itself may is lent to nobody [rest 2.10]', async () => {
  const { ask } = stage();
  const { status, reports } = await ask('{}', { login: `x:${FAKE_TOKEN}` });
  assert.deepEqual([status, reports[0].error_code], [403, 40301]);
  assert.match(reports[0].message, /with an API key/);
});

test('a record that is not written says why in its report, and the others are written [rest 2.10]', async () => {
  const refusals: Readonly<Record<number, Error>> = {
    0: Object.assign(new Error('no'), { code: 29, codeName: 'TOPIC_AUTHORIZATION_FAILED' }),
    1: Object.assign(new Error('no answer came.'), { name: 'OutcomeUnknown' }),
    2: Object.assign(new Error('no leader.'), { name: 'NotSent' }),
  };
  const { ask } = stage({ refuses: ({ partition }) => (partition === undefined ? undefined : refusals[partition]) });
  const { status, reports } = await ask('{}{"partition_id":0}{"partition_id":1}{"partition_id":2}');
  assert.equal(status, 200);
  assert.deepEqual(
    reports.map(({ error_code, message }) => [error_code, message]),
    [
      [200, undefined],
      [40301, 'Request is not authorized: User:sa-1 needs WRITE on topic "orders".'],
      [50003, 'The cluster did not answer: no answer came. It may have been written.'],
      [50003, 'The cluster did not answer: no leader. It was not written.'],
    ],
  );
});
