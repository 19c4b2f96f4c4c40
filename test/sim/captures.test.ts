/**
 * What real clients sent and real brokers answered is read by klink's tables and written again, byte for byte. The frames
 * were recorded by tools/record-captures.ts.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { allApis } from '../../src/protocol/api/all.js';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, peekRequest } from '../../src/protocol/codec.js';
import { packageRoot } from '../harness/package-root.js';

const folder = join(packageRoot, 'test', 'clients', 'captures');
const LENGTH_BYTES = 4;
const ALL_BYTES_MAX = 300_000;
const apis = new Map(allApis.map((api) => [api.key, api]));

interface Line {
  readonly api: number;
  readonly version: number;
  readonly request: string;
  readonly response: string;
}

const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl.gz'));

describe('captured frames', () => {
  test('captures: real clients and real brokers of both versions are there, and small', () => {
    for (const part of ['kafkajs@', 'confluent-kafka@', '.4.3.0.', '.3.9.1.']) {
      assert.ok(
        files.some((name) => name.includes(part)),
        `a capture of ${part}`,
      );
    }
    const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    assert.ok(bytes < ALL_BYTES_MAX, `${bytes} bytes`);
  });

  for (const file of files) {
    test(`captures: ${file} is read, and written again the same`, () => {
      const lines = gunzipSync(readFileSync(join(folder, file)))
        .toString()
        .trim()
        .split('\n');
      assert.ok(lines.length > 10, 'pairs');
      for (const line of lines) {
        const { api: key, version, request, response } = JSON.parse(line) as Line;
        const api = apis.get(key) ?? assert.fail(`API ${key} is unknown`);
        const what = `${api.name} ${version}`;
        const asked = Buffer.from(request, 'base64');
        const frame = asked.subarray(LENGTH_BYTES);
        const { header, bodyAt } = peekRequest(frame);
        assert.deepEqual([header.apiKey, header.version], [key, version], what);
        const body = decodeRequest(api, version, frame, bodyAt);
        assertSame(Buffer.concat(encodeRequest(api, version, header, body as object)), asked, `${what} request`);

        const answered = Buffer.from(response, 'base64');
        const decoded = decodeResponse(api, version, answered.subarray(LENGTH_BYTES));
        const again = encodeResponse(api, version, decoded.correlationId, decoded.body as object);
        assertSame(Buffer.concat(again), answered, `${what} response`);
      }
    });
  }
});

function assertSame(again: Buffer, original: Buffer, what: string): void {
  if (again.equals(original)) return;
  let at = 0;
  while (again[at] === original[at]) at++;
  const around = (bytes: Buffer) => bytes.subarray(Math.max(0, at - 8), at + 24).toString('hex');
  assert.fail(
    `${what}: ${original.length} bytes, written again ${again.length}; at ${at}: ${around(original)} became ${around(again)}`,
  );
}
