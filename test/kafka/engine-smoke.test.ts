import test from 'node:test';
import { TestLink } from '../harness/engine-link.js';
import { Transactions, writePlain } from '../harness/engine-source.js';

const source = { host: '127.0.0.1', port: Number(process.env.SRC ?? 19110) };
const destination = { host: '127.0.0.1', port: Number(process.env.DST ?? 19120) };

test('copy', async () => {
  const link = await TestLink.make({ source, destination, topic: `smoke-${Date.now()}`, partitions: 2 });
  try {
    await writePlain(link.source, 5);
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) await writePlain(link.source, 50, { codec });
    link.start();
    await link.caughtUp();
    console.log(await link.compare());
    const tx = await new Transactions(link.source.wire, `tx-${Date.now()}`).init();
    for (let i = 0; i < 20; i++) {
      await tx.write(link.source, 1 + i * 3, { partition: i % 2 });
      if (i % 4 === 0) await tx.write(link.source, 3, { partition: (i + 1) % 2 });
      await tx.end(i % 3 !== 0);
    }
    await link.caughtUp();
    console.log(await link.compare(0), await link.compare(1));
    console.log(JSON.stringify(link.engine?.observations(), (_, v) => (typeof v === 'bigint' ? Number(v) : v)));
    await link.stopEngine();
    await writePlain(link.source, 7);
    link.start();
    await link.caughtUp();
    console.log(await link.compare(0), await link.compare(1));
  } finally {
    await link.close();
  }
});
