/** Runs cases of the byte path on the brokers that KLINK_BROKERS names: many at a time, since most of them wait. */
import { after, before, describe, it } from 'node:test';
import { engineClusters } from './engine-brokers.js';
import { type Cases, runCase } from './engine-cases.js';
import { type Ground, realGround } from './engine-ground.js';

const AT_ONCE = 8;

export function suiteOnBrokers(what: string, cases: Cases): void {
  describe(what, { concurrency: AT_ONCE }, () => {
    let ground: Ground | undefined;
    let stop: () => Promise<void> = async () => {};
    before(async () => {
      const clusters = await engineClusters();
      stop = () => clusters.stop();
      ground = realGround(clusters.addresses);
    });
    after(() => stop());
    for (const each of cases) {
      it(each.name, async () => {
        if (!ground) throw new Error('no brokers');
        await runCase(each, ground);
      });
    }
  });
}
