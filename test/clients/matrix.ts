/** Plays a row of the matrix: a test for each step that the client can, on a broker of its own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { GroupProtocol, Login } from './job.js';
import { startMatrixBroker } from './matrix-broker.js';
import type { Placed } from './records.js';
import { type ClientRow, cannot } from './row.js';
import { Stage } from './stage.js';
import { administer } from './steps/admin.js';
import { offersProtocol, share } from './steps/groups.js';
import { logins } from './steps/logins.js';
import { consume, produce } from './steps/records.js';
import { restart } from './steps/restart.js';
import { transactions, transform } from './steps/transactions.js';

export function playRow(row: ClientRow): void {
  const { steps } = row;
  describe(`${row.name} ${row.version}`, () => {
    let stage: Stage;
    const dir = mkdtempSync(join(tmpdir(), 'klink-clients-'));
    const ends: (() => Promise<void>)[] = [];
    before(async () => {
      const started = await row.command();
      const broker = await startMatrixBroker();
      ends.push(() => broker.stop());
      stage = new Stage(row, started, broker, dir);
      ends.push(() => stage.stop());
    });
    after(async () => {
      for (const end of ends.reverse()) await end();
      rmSync(dir, { recursive: true, force: true });
    });

    test('reads what it has written, with each compression, to the byte', async () => {
      const topic = 'records';
      const written: ReadonlyMap<number, readonly Placed[]> = await produce(stage, topic);
      await consume(stage, topic, written);
    });
    for (const protocol of ['classic', 'consumer'] satisfies GroupProtocol[]) {
      if (cannot(steps.groups[protocol])) continue;
      test(`shares partitions in a group of the ${protocol} protocol`, async (t) => {
        if (await offersProtocol(stage, protocol)) return share(stage, protocol);
        // A preview there, which this cluster does not switch on.
        assert.equal(stage.broker.kind, '3.9.1', 'it is advertised');
        t.diagnostic('not offered by 3.9.1');
      });
    }
    if (!cannot(steps.transactions)) {
      test('shows committed transactions only', () => transactions(stage));
    }
    if (!cannot(steps.transform)) {
      test('consumes, transforms and produces in transactions', () => transform(stage));
    }
    test('administers topics, settings, groups and ACLs', () => administer(stage));
    const mechanisms = (['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] satisfies Login['mechanism'][]).filter(
      (mechanism) => !cannot(steps.logins[mechanism]),
    );
    if (mechanisms.length > 0) test('logs in, with TLS too', () => logins(stage, mechanisms));
    if (!cannot(steps.restart)) test('goes on after the broker was killed', () => restart(stage));
  });
}
