/** In what order klink's own transactional producer asks its coordinator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/base/log.js';
import { type Channel, type KafkaCluster, OutcomeUnknown } from '../../src/client/types.js';
import { patience } from '../../src/engine/transactions/persist.js';
import { TransactionalProducer } from '../../src/engine/transactions/transactional-producer.js';
import { endTxn } from '../../src/protocol/api/end-txn.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { World } from './world.js';

test('producer: after a request without an answer what is open is aborted, and only then the epoch is raised [5.3]', async () => {
  const world = new World(1);
  const { clock, random } = world.host('klink');
  const asked: string[] = [];
  let answers = true;
  let epoch = 6;
  // Casts: the two calls that a producer makes, out of all that a cluster offers.
  const channel = {
    async send(api: { readonly key: number }) {
      asked.push(api.key === endTxn.key ? 'end' : 'raise');
      if (!answers) throw new OutcomeUnknown('no answer');
      return api.key === initProducerId.key
        ? { errorCode: 0, producerId: 5n, producerEpoch: ++epoch }
        : { errorCode: 0, producerId: -1n, producerEpoch: -1 };
    },
  } as unknown as Channel;
  const cluster = { coordinator: async () => 1, channel: async () => channel } as unknown as KafkaCluster;
  const producer = new TransactionalProducer({ cluster, clock, random, log: silentLog, transactionalId: 't' });
  const within = (ms: number) => patience({ clock, random }, ms, new AbortController().signal);
  const run = <T>(what: string, work: Promise<T>) => world.finish(what, 60_000, work);

  assert.equal((await run('taking over', producer.takeOver(within(1_000)))).kind, 'done');
  assert.equal((await run('a raise', producer.renew(within(1_000)))).kind, 'done');
  assert.deepEqual(asked.splice(0), ['raise', 'raise'], 'nothing can be open');
  const { holding } = producer;
  assert.ok(holding);
  answers = false;
  const ended = await run('an end', producer.end(within(100), holding, { epoch: holding.epoch, commit: true }));
  assert.equal(ended.outcome.kind, 'unavailable');
  answers = true;
  asked.length = 0;
  assert.equal((await run('a raise', producer.renew(within(1_000)))).kind, 'done');
  assert.deepEqual(asked, ['end', 'raise']);
});
