/**
 * Records what real clients ask and real brokers answer, for test/sim/captures.test.ts:
 *   KLINK_BROKERS=4.3.0 node dist/tools/record-captures.js [client…]
 * plays the matrix of test/clients, without logins and without killing the broker, through a proxy that keeps two requests
 * of each API and version, and writes test/clients/captures/<client>@<version>.<broker>.jsonl.gz. All names and records in
 * it are the matrix's own, logins are left out.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { clients } from '../test/clients/clients.js';
import { startMatrixBroker } from '../test/clients/matrix-broker.js';
import { Recorder } from '../test/clients/recorder.js';
import { type ClientRow, cannot } from '../test/clients/row.js';
import { DRIVER, Stage } from '../test/clients/stage.js';
import { administer } from '../test/clients/steps/admin.js';
import { offersProtocol, share } from '../test/clients/steps/groups.js';
import { consume, produce } from '../test/clients/steps/records.js';
import { transactions, transform } from '../test/clients/steps/transactions.js';
import { brokerKind } from '../test/harness/engine-brokers.js';
import { packageRoot } from '../test/harness/package-root.js';

const PAIR_BYTES_MAX = 2_500;
const SASL = [17, 36];

async function record(row: ClientRow): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'klink-captures-'));
  const broker = await startMatrixBroker();
  const [host = '', port = ''] = broker.plaintext.split(':');
  const recorder = await Recorder.start({
    target: { host, port: Number(port) },
    without: new Set([DRIVER]),
    withoutApis: new Set(SASL),
    pairBytesMax: PAIR_BYTES_MAX,
  });
  const stage = new Stage(row, await row.command(), { ...broker, plaintext: recorder.bootstrap }, dir);
  try {
    await consume(stage, 'records', await produce(stage, 'records'));
    for (const protocol of ['classic', 'consumer'] as const) {
      if (cannot(row.steps.groups[protocol])) continue;
      if (await offersProtocol(stage, protocol)) await share(stage, protocol);
    }
    if (!cannot(row.steps.transactions)) await transactions(stage);
    if (!cannot(row.steps.transform)) await transform(stage);
    await administer(stage);
  } catch (error) {
    // What was recorded until then is as real.
    console.error(`${row.name} ${row.version} did not get to its end:`, error);
    process.exitCode = 1;
  } finally {
    const lines = recorder
      .captured()
      .map(({ api, version, request, response }) =>
        JSON.stringify({ api, version, request: request.toString('base64'), response: response.toString('base64') }),
      );
    const name = `${row.name.replace('@', '').replace('/', '-')}@${row.version}.${brokerKind()}.jsonl.gz`;
    writeFileSync(
      join(packageRoot, 'test', 'clients', 'captures', name),
      gzipSync(`${lines.join('\n')}\n`, { level: 9 }),
    );
    console.log(`${name}: ${lines.length} pairs`);
    await stage.stop();
    await recorder.stop();
    await broker.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const wanted = process.argv.slice(2);
for (const row of clients) {
  if (wanted.length === 0 || wanted.some((name) => `${row.name}@${row.version}`.startsWith(name))) await record(row);
}
