/**
 * Which test of a slow file notices a mutation, so that the others need not run before it: `test/mutations/noticed-by.txt`,
 * a line each, "id: name of the test". A line counts only where that test passes alone without a mutation; where the test
 * is gone or notices nothing, the whole file is asked, as it is without a line.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot as root } from '../../test/harness/package-root.js';

const file = join(root, 'test', 'mutations', 'noticed-by.txt');

/** What a line has to save, over all mutations of its test. */
const WORTH_MS = 300;

/** Names of tests by the mutation's id. */
export function readNoticedBy(): Map<string, string> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]));
}

export function writeNoticedBy(names: ReadonlyMap<string, string>): void {
  const lines = [...names].map(([id, name]) => `${id}: ${name}\n`).sort();
  writeFileSync(file, lines.join(''));
}

export interface Noticed {
  readonly id: string;
  readonly test: string;
  readonly name: string;
  /** What it took until then, with the tests before it in its file. */
  readonly wallMs: number;
}

/** Those that are worth a line. `passesAlone` gives what a test takes alone without a mutation, undefined if it fails. */
export async function worthwhile(
  noticed: readonly Noticed[],
  passesAlone: (test: string, name: string) => Promise<number | undefined>,
): Promise<Noticed[]> {
  const groups = new Map<string, Noticed[]>();
  for (const each of noticed) {
    const key = `${each.test}: ${each.name}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const found: Noticed[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    const allMs = group.reduce((sum, { wallMs }) => sum + wallMs, 0);
    if (first === undefined || allMs < WORTH_MS) continue;
    const aloneMs = await passesAlone(first.test, first.name);
    // Once without a mutation, and once for each of them.
    if (aloneMs !== undefined && allMs - (group.length + 1) * aloneMs >= WORTH_MS) found.push(...group);
  }
  return found;
}
