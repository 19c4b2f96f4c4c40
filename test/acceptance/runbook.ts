/**
 * The lines of docs/guides/active-passive.md, in the order of that page and typed as they stand there: what the guide says
 * is what is played. `<…>` is taken from what earlier lines printed. Another tale has other names and numbers.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Tale {
  readonly topic: string;
  readonly link: string;
  readonly group: string;
  readonly partitions: number;
  readonly read: number;
  readonly mirrored: number;
  readonly written: number;
  /** How `$O` and `$D` are said. */
  readonly clusters: 'by name' | 'by id';
  /** The form of `acl.filters` in older guides, or today's. */
  readonly filters: 'older' | 'current';
  /** The link may read only topics that begin like the mirrored one. */
  readonly narrow: boolean;
}

export const printedTale: Tale = {
  topic: 'dr-topic',
  link: 'dr-link',
  group: 'cli-consumer',
  partitions: 1,
  read: 5,
  mirrored: 10,
  written: 15,
  clusters: 'by name',
  filters: 'current',
  narrow: false,
};

const page = fileURLToPath(new URL('../../../docs/guides/active-passive.md', import.meta.url));

/** All lines of the blocks marked `sh`, and the properties file. Throws when the page has none. */
export function readRunbook(tale: Tale, clusters: { readonly O: string; readonly D: string }) {
  const text = readFileSync(page, 'utf8');
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, body = '']) => body);
  const lines = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));
  const [current] = blocks('properties');
  const [, older] = /`(acl\.filters=[^`]*filterType[^`]*)`/.exec(text) ?? [];
  if (lines.length === 0 || current === undefined || older === undefined) throw new Error(`${page} is not as expected`);
  return {
    lines: lines.map((line) => told(line, tale, clusters)),
    settings: tale.filters === 'current' ? current : current.replace(/^acl\.filters=.*$/m, () => older),
  };
}

export function writeSettings(directory: string, settings: string, known: ReadonlyMap<string, string>): void {
  writeFileSync(join(directory, 'dr-link.config'), filled(settings, known), { mode: 0o600 });
}

/** Throws when something in `<…>` was never printed. */
export function filled(line: string, known: ReadonlyMap<string, string>): string {
  return line.replace(/<([a-zA-Z-]+)>/g, (whole, name: string) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`nothing printed what ${whole} stands for: ${line}`);
    return value;
  });
}

function told(line: string, tale: Tale, clusters: { readonly O: string; readonly D: string }): string {
  const isOfLink = line.includes('<link-account>') && line.includes('$O');
  const narrowed =
    tale.narrow && isOfLink ? line.replace('--topic "*"', `--topic ${tale.topic.slice(0, 4)} --prefix`) : line;
  return narrowed
    .replaceAll('$O', clusters.O)
    .replaceAll('$D', clusters.D)
    .replaceAll('dr-topic', tale.topic)
    .replaceAll(/\bdr-link\b(?!\.config)/g, tale.link)
    .replaceAll('cli-consumer', tale.group)
    .replace('--partitions 1', `--partitions ${tale.partitions}`)
    .replace(/^seq 1 5 /, `seq 1 ${tale.read} `)
    .replace(/^seq 6 10 /, `seq ${tale.read + 1} ${tale.mirrored} `)
    .replace(/^seq 11 15 /, `seq ${tale.mirrored + 1} ${tale.written} `);
}
