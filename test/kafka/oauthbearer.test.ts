/**
 * OAUTHBEARER with Apache Kafka 4.3.0: a token endpoint of the test's own, unsecured tokens, sessions that end after a few
 * seconds. Spec: docs/spec/client.md 1.7, server.md 2.3.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { parseAddresses } from '../../src/base/addresses.js';
import { postForm } from '../../src/base/node/post-form.js';
import { addAcls } from '../../src/client/admin/acls.js';
import { openCluster } from '../../src/client/cluster.js';
import type { SourceAddress } from '../../src/control/ports/source.js';
import { createSourcePort } from '../../src/engine/source/source.js';
import { SourceClusters } from '../../src/engine/source/source-clusters.js';
import { surroundings } from '../harness/destination.js';
import { useEmbedded } from '../harness/embedded.js';
import { brokerKind } from '../harness/engine-brokers.js';
import { type TestKafka, useKafka } from '../harness/kafka.js';
import { KlinkProcess, type ServedCluster } from '../harness/klink-process.js';
import { LOGIN_MODULE, startTokenEndpoint, tokenBrokerConfig } from '../harness/token-endpoint.js';
import { until } from '../harness/until.js';
import { foreignClient, withAdmin, withProducer } from '../system/link-stage.js';

const LIVES_SECONDS = 8;
if (brokerKind() === '4.3.0') {
  test('oauthbearer: a link logs in by token, goes on when it has expired, and is told what is wrong with it [client 1.7]', async (t) => {
    const kafka = await useKafka(t, { version: '4.3.0', config: tokenBrokerConfig });
    const endpoint = await startTokenEndpoint(t, LIVES_SECONDS);
    const clusters = new SourceClusters({
      ...surroundings,
      postForm,
      resolveSecret: (secret) => ({
        ok: true,
        value: `${LOGIN_MODULE} clientId="link" clientSecret="${secret}" scope="kafka";`,
      }),
    });
    t.after(() => clusters.close());
    const { check } = createSourcePort(clusters);
    const as = (reference: string): SourceAddress => ({
      linkId: reference,
      linkName: 'link',
      bootstrapServers: kafka.sasl,
      security: { login: { kind: 'token', endpoint: endpoint.url, reference }, tls: undefined },
    });
    const done = { kind: 'done', clusterId: kafka.clusterId, notes: [] };
    assert.deepEqual(await check(as('right')), done);
    assert.deepEqual(endpoint.asked, ['link:right grant_type=client_credentials&scope=kafka']);

    // The session ends with the token: the same connection logs in again, by another one.
    const borrowed = clusters.borrow(as('right'));
    assert.ok(borrowed.ok);
    const channel = await borrowed.value.cluster.channel('any', 'test');
    await until('a second token was fetched', 20_000, async () => endpoint.asked.length >= 2);
    const endMs = Date.now() + LIVES_SECONDS * 1_000;
    await until('the first token has long expired', 20_000, async () => {
      assert.deepEqual(await check(as('right')), done);
      return Date.now() > endMs;
    });
    assert.equal(channel.open, true);
    borrowed.value.giveBack();

    const refused = await check(as('wrong'));
    assert.equal(refused.kind === 'refused' && refused.error, 'AUTHENTICATION_ERROR', JSON.stringify(refused));
    assert.match(JSON.stringify(refused), /refuses the client link: 401 invalid_client/);

    endpoint.state.expired = true;
    const late = await check({ ...as('right'), linkId: 'late' });
    assert.equal(late.kind === 'refused' && late.error, 'AUTHENTICATION_ERROR', JSON.stringify(late));
    assert.match(JSON.stringify(late), /the broker refuses the token: invalid_token/);
  });

  test('oauthbearer: klink itself owns a cluster and fences mirrors by token, and is no klink of mode 2 [server 2.3, 6.1]', async (t) => {
    const [kafka, source, endpoint] = await Promise.all([
      useKafka(t, { version: '4.3.0', config: tokenBrokerConfig }),
      useEmbedded(t),
      startTokenEndpoint(t, LIVES_SECONDS),
    ]);
    const served = (clientId: string, password = 'right'): ServedCluster => {
      const principal = { tokenEndpoint: endpoint.url, clientId, password };
      return { name: 'dr', bootstrap: kafka.sasl, home: true, principal };
    };
    const ownershipIs = (klink: KlinkProcess, wanted: RegExp) =>
      until(`ownership is ${wanted}`, 60_000, async () => {
        const { data } = await klink.ask<{ data: readonly { ownership: string }[] }>('GET', '/klink/v1/clusters');
        if (!wanted.test(data[0]?.ownership ?? '')) throw new Error(JSON.stringify(data));
        return true;
      });
    const links = `/kafka/v3/clusters/${kafka.clusterId}/links`;
    const createLink = (klink: KlinkProcess, name: string) =>
      klink.rest('POST', `${links}?link_name=${name}`, {
        source_cluster_id: source.clusterId,
        configs: [{ name: 'bootstrap.servers', value: source.bootstrap }],
      });

    const wrong = KlinkProcess.use(t, { clusters: [served('klink', 'wrong')] });
    await wrong.start();
    await ownershipIs(wrong, /^unreachable: .*refuses the client klink: 401 invalid_client/);
    await wrong.terminate();

    const klink = KlinkProcess.use(t, { clusters: [served('klink')] });
    await klink.start();
    await ownershipIs(klink, /^owner$/);
    const begunMs = Date.now();
    const made = await createLink(klink, 'first');
    assert.equal(made.status, 204, JSON.stringify(made));
    await withAdmin(new Kafka({ brokers: [source.bootstrap], logLevel: logLevel.NOTHING }), async (admin) => {
      await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }], waitForLeaders: true });
    });
    await klink.ask('POST', `${links}/first/mirrors`, { source_topic_name: 'orders' });
    await until('the mirror is ACTIVE', 60_000, async () => {
      const { mirror_status } = await klink.ask<{ mirror_status: string }>('GET', `${links}/first/mirrors/orders`);
      return mirror_status === 'ACTIVE';
    });
    await assert.rejects(
      withProducer(foreignClient(kafka, 'app'), (producer) =>
        producer.send({ topic: 'orders', messages: [{ value: 'x' }] }),
      ),
      /authoriz/i,
    );
    const key = await fetch(`${klink.url}${links}`, {
      headers: { authorization: `Basic ${Buffer.from('app:app').toString('base64')}` },
    });
    assert.match(await key.text(), /callers: \{\}/);
    await until('its sessions have been renewed by other tokens', 60_000, async () => {
      return Date.now() > begunMs + 2 * LIVES_SECONDS * 1_000 && endpoint.asked.length >= 4;
    });
    await ownershipIs(klink, /^owner$/);
    await klink.terminate();

    await grantEverything(kafka, 'User:app');
    const ordinary = KlinkProcess.use(t, { clusters: [served('app')] });
    await ordinary.start();
    await ownershipIs(ordinary, /^owner$/);
    const refused = await createLink(ordinary, 'second');
    assert.match(JSON.stringify(refused.body), /no super user.*it logs in by token.*super\.users/);
  });
}

async function grantEverything(kafka: TestKafka, principal: string): Promise<void> {
  const types = ['TOPIC', 'GROUP', 'TRANSACTIONAL_ID', 'CLUSTER'] as const;
  const cluster = openCluster({
    ...surroundings,
    name: 'granting',
    bootstrap: parseAddresses(kafka.plaintext) ?? [],
    security: {},
    clientId: 'test',
  });
  await addAcls(
    cluster,
    types.map((resourceType) => ({
      resourceType,
      resourceName: resourceType === 'CLUSTER' ? 'kafka-cluster' : '*',
      pattern: 'LITERAL',
      principal,
      host: '*',
      operation: 'ALL',
      permission: 'ALLOW',
    })),
  );
  await cluster.close();
}
