/** Accounts and API keys by REST: by the operator, and by keys with and without the right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeCallers } from '../../test/harness/fake-callers.js';
import { FAKE_TOKEN, fakeCluster, fakeSurroundings } from '../../test/harness/fake-clusters.js';
import { createApp } from './app.js';

function stage(rights: readonly string[] = []) {
  const [original, dr] = [fakeCluster('original', 'o-id'), fakeCluster('dr', 'd-id')];
  (dr.callers as FakeCallers).keys.set('sa-1', { secret: 's', admin: dr.admin, rights });
  const app = createApp(fakeSurroundings([original, dr]));
  const ask = async (method: string, path: string, body?: unknown, login = `x:${FAKE_TOKEN}`) => {
    const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await app.request(`/klink/v1${path}`, { method, headers: { authorization }, ...init });
    const text = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: tests read any shape of answer.
    const answer: any = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, body: answer };
  };
  return { original, ask };
}

test('an account and its keys are made, listed, described and deleted; a secret is answered once [identity 1.1]', async () => {
  const { ask } = stage();
  const made = await ask('POST', '/service-accounts', { name: 'app', description: 'd' });
  assert.equal(made.status, 201);
  const { id } = made.body;
  assert.equal((await ask('POST', '/service-accounts', { name: 'app' })).status, 409);
  const key = await ask('POST', '/api-keys', { resource: 'o-id', service_account: id });
  assert.deepEqual([key.status, key.body.key, key.body.mechanism], [201, id, 'SCRAM-SHA-512']);
  assert.match(key.body.secret, /./);
  const listed = await ask('GET', `/api-keys?resource=o-id&service_account=${id}`);
  assert.equal(listed.body.data.length, 1);
  assert.ok(!JSON.stringify(listed.body).includes(key.body.secret));
  assert.equal((await ask('GET', '/api-keys?resource=d-id')).body.data.length, 0);
  assert.equal((await ask('PATCH', `/api-keys/${id}`, { description: 'new' })).status, 204);
  assert.equal((await ask('GET', '/api-keys')).body.data[0].description, 'new');
  assert.equal((await ask('POST', '/api-keys', { resource: 'd-id', service_account: id })).status, 201);
  const which = await ask('DELETE', `/api-keys/${id}`);
  assert.equal(which.status, 400);
  assert.match(which.body.message, /exists on the clusters d-id, o-id\..*--resource/);
  assert.equal((await ask('DELETE', `/api-keys/${id}?resource=o-id`)).status, 204);
  assert.equal((await ask('DELETE', `/service-accounts/${id}`)).status, 204);
  assert.equal((await ask('GET', `/service-accounts/${id}`)).status, 404);
});

test('a key for a cluster that is not managed, or takes none, is refused with the reason', async () => {
  const { original, ask } = stage();
  const { id } = (await ask('POST', '/service-accounts', { name: 'app' })).body;
  const nowhere = await ask('POST', '/api-keys', { resource: 'x-id', service_account: id });
  assert.equal(nowhere.status, 404);
  assert.match(nowhere.body.message, /`clusters` in klink\.yaml/);
  Object.assign(original.callers, { listener: { none: 'klink connects to this cluster without SASL' } });
  const deaf = await ask('POST', '/api-keys', { resource: 'o-id', service_account: id });
  assert.equal(deaf.status, 400);
  assert.match(deaf.body.message, /without SASL/);
  assert.equal((await ask('POST', '/api-keys', { resource: 'd-id', service_account: 'sa-nope' })).status, 404);
});

test('a key sees accounts with DESCRIBE and changes them with ALTER, at the cluster concerned [identity 2.7]', async () => {
  const key = 'sa-1:s';
  const none = stage();
  assert.equal((await none.ask('GET', '/service-accounts', undefined, key)).status, 403);
  assert.equal((await none.ask('GET', '/environments', undefined, key)).status, 200);
  const who = (await none.ask('GET', '/login', undefined, key)).body;
  assert.deepEqual(who, { kind: 'key', name: 'sa-1', cluster_id: 'd-id' });
  const seeing = stage(['DESCRIBE']);
  assert.equal((await seeing.ask('GET', '/service-accounts', undefined, key)).status, 200);
  assert.equal((await seeing.ask('POST', '/service-accounts', { name: 'a' }, key)).status, 403);
  const changing = stage(['DESCRIBE', 'ALTER']);
  const { id } = (await changing.ask('POST', '/service-accounts', { name: 'a' }, key)).body;
  assert.equal((await changing.ask('POST', '/api-keys', { resource: 'd-id', service_account: id }, key)).status, 201);
  // It is no key of that cluster, whatever it may do at another.
  assert.equal((await changing.ask('POST', '/api-keys', { resource: 'o-id', service_account: id }, key)).status, 401);
  assert.equal((await changing.ask('DELETE', `/api-keys/${id}?resource=o-id`, undefined, key)).status, 401);
  assert.equal((await changing.ask('DELETE', `/api-keys/${id}`, undefined, key)).status, 204);
  assert.equal((await changing.ask('POST', '/demo/clusters/dr:kill', undefined, key)).status, 403);
});

test('a key may ask how it logs in itself, and how others do only with DESCRIBE', async () => {
  const { ask } = stage();
  const own = await ask('GET', '/clusters/d-id/login?name=sa-1', undefined, 'sa-1:s');
  assert.deepEqual(
    [own.status, own.body.mechanisms, own.body.security_protocol],
    [200, ['SCRAM-SHA-512'], 'SASL_PLAINTEXT'],
  );
  assert.equal((await ask('GET', '/clusters/d-id/login?name=sa-2', undefined, 'sa-1:s')).status, 403);
  assert.equal((await ask('GET', '/clusters/d-id/login?name=sa-2')).status, 200);
});
