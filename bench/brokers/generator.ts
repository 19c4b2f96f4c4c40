/** The load generator's process: one job, as JSON on its command line; one line of JSON when the window is over. */
import { Wire } from '../../test/harness/wire.js';
import { readEnds } from '../broker.js';
import { generateFetch } from './generate-fetch.js';
import { generateProduce } from './generate-produce.js';
import type { Job, Outcome } from './job.js';
import { Window } from './window.js';

async function main(job: Job): Promise<void> {
  let told = false;
  const window = new Window(job, (outcome: Outcome) => {
    if (told) return;
    told = true;
    process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
  });
  if (job.operation === 'produce') await generateProduce(job, (bytes) => window.count(bytes));
  const wire = await Wire.open({ host: '127.0.0.1', port: job.port });
  const ends = await readEnds(wire, { ...job.topic, partitions: job.partitions });
  wire.close();
  await generateFetch(job, ends, (bytes) => window.count(bytes));
  throw new Error('the topic holds less than was to be read');
}

await main(JSON.parse(process.argv[2] ?? '') as Job).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
