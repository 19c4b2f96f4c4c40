/** REST as tests ask it, as operator or with the token given, of clusters of plain values. */
import { documentedApp } from './documented-app.js';
import { FAKE_TOKEN, type FakeCluster, fakeCluster, fakeSurroundings } from './fake-clusters.js';

interface Seen {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any shape of answer.
  readonly body: any;
}

export function serve(clusters: readonly FakeCluster[] = [fakeCluster('dr', 'dr-id')]) {
  const app = documentedApp(fakeSurroundings(clusters));
  return async (method: string, path: string, body?: unknown, token: string | null = FAKE_TOKEN): Promise<Seen> => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const init = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const response = await app.request(path, { method, headers, ...init });
    const text = await response.text();
    return { status: response.status, text, body: text === '' ? undefined : JSON.parse(text) };
  };
}
