/** Which ports a demo takes, on real ports of this machine. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemNetwork } from '../base/node/network.js';
import { DemoPorts } from './demo-ports.js';

test('ports of a demo: those of the last time, though lower ones are free by now; a taken one is replaced and told [5.3]', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'klink ports '));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const said: string[] = [];
  const start = () => new DemoPorts(join(directory, 'ports.json'), systemNetwork, (text) => said.push(text));
  const listen = (port: number) => systemNetwork.listen({ host: '127.0.0.1', port }, (each) => each.reset());

  const other = await listen(0);
  const from = other.address.port;
  const first = await start().take('original PLAINTEXT', from);
  assert.ok(first > from);
  await other.close();
  assert.equal(await start().take('original PLAINTEXT', from), first);
  assert.deepEqual(said, []);

  const thief = await listen(first);
  t.after(() => thief.close());
  const replaced = await start().take('original PLAINTEXT', from);
  assert.notEqual(replaced, first);
  assert.equal(said[0], `Port ${first} (original PLAINTEXT) is taken by now, so it is ${replaced} this time.`);
  assert.equal(await start().take('original PLAINTEXT', from), replaced);
});
