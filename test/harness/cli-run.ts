/** The command line of a test, run in this process against a server of plain values. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/node/clock.js';
import { main } from '../../src/cli/main.js';
import { listenHttp } from '../../src/serve/http.js';
import { documentedApp } from './documented-app.js';
import { FAKE_TOKEN, type FakeCluster, fakeCluster, fakeSurroundings } from './fake-clusters.js';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A server and a home directory that end with the test. `run` takes a line, what is typed, and more environment. */
export async function useKlink(t: TestContext, clusters: readonly FakeCluster[]) {
  const directory = mkdtempSync(join(tmpdir(), 'klink cli '));
  const listener = await listenHttp(
    documentedApp(fakeSurroundings(clusters)),
    { host: '127.0.0.1', port: 0 },
    systemClock,
  );
  t.after(async () => {
    await listener.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const env = {
    KLINK_HOME: directory,
    KLINK_URL: `http://127.0.0.1:${listener.address.port}`,
    KLINK_TOKEN: FAKE_TOKEN,
  };
  const run = async (line: string, input = '', extra: Record<string, string> = {}): Promise<Run> => {
    let out = '';
    let err = '';
    const code = await main(line.split(' ').filter(Boolean), {
      env: { ...env, ...extra },
      workingDirectory: directory,
      input: (async function* () {
        yield input;
      })(),
      inputIsTerminal: false,
      hideInput: () => undefined,
      async out(text) {
        out += text;
      },
      err(text) {
        err += text;
      },
      onInterrupt: () => () => undefined,
    });
    return { code, out, err };
  };
  return { run, directory, env };
}

export const two = () => [fakeCluster('original', 'o-id'), fakeCluster('dr', 'd-id')] as const;
