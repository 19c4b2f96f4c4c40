/**
 * Writes docs/spec/conformance.md from the conformance suite itself: its behaviours are listed without being run.
 *   node dist/tools/write-conformance.js            writes it
 *   node dist/tools/write-conformance.js --check    fails where the committed page is not what would be written
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorCode } from '../src/protocol/errors.js';
import { type Listed, Listing } from '../test/kafka/conformance-behaviours.js';
import { type Source, sources } from '../test/kafka/conformance-codes.js';
import {
  type Difference,
  type DifferenceName,
  differences,
  KINDS,
  type Kind,
} from '../test/kafka/conformance-differences.js';
import { conformance } from '../test/kafka/conformance-suite.js';

export const CONFORMANCE_PAGE = join('docs', 'spec', 'conformance.md');

/** Every behaviour of the suite, in its order. */
export function listBehaviours(): readonly Listed[] {
  const listing = new Listing();
  conformance(listing, () => {
    throw new Error('a behaviour that is only listed has no broker');
  });
  return listing.behaviours;
}

export function conformancePage(behaviours = listBehaviours()): string {
  const cells = (each: Listed) => KINDS.map((kind) => verdict(each, kind));
  const rows = behaviours.map((each) => [escaped(each.path.join(': ')), each.rules.join(', '), ...cells(each)]);
  const agreed = behaviours.filter(({ known }) => known.length === 0).length;
  return `# Conformance

Written by \`tools/write-conformance.ts\` from the suite itself, \`test/kafka/conformance-suite.ts\`: each row is one of its
behaviours, asked in raw requests of Apache Kafka 4.3.0, of Apache Kafka 3.9.1 and of the [embedded broker](broker.md) by every
\`npm test\`. No row can be left out on one of them. *agrees*: the same assertions hold there as on 4.3.0. *differs*: some of
them are others, in the way that the difference below says; that is asserted too, and a suite has no other way to learn what it
runs on. Users, ACLs and quotas are compared in the same way by \`test/kafka/security.test.ts\`.

${behaviours.length} behaviours; in ${agreed} of them all three agree.

${table(['behaviour', 'rule', ...KINDS], rows)}

## Error codes

Every code by which klink's engine decides, and the behaviour that gets it from each of the three; or why no client can get it
from one broker.

${table(['code', 'name', 'from'], codeRows())}

## Differences
${(Object.keys(differences) as DifferenceName[]).map(section).join('')}`;
}

function codeRows(): string[][] {
  const numbers: Readonly<Record<string, number>> = errorCode;
  return Object.entries(sources)
    .map(([name, source]) => ({ code: numbers[name] ?? 0, name, from: origin(source) }))
    .sort((one, other) => one.code - other.code)
    .map(({ code, name, from }) => [`${code}`, `\`${name}\``, from]);
}

function origin(source: Source): string {
  switch (source.kind) {
    case 'row':
      return escaped(source.row);
    case 'suite':
      return `\`${source.file}\``;
    case 'never':
      return `*not asked:* ${source.why}`;
  }
}

function verdict({ known }: Listed, kind: Kind): string {
  const of = known.filter((name) => (differences[name].of as readonly Kind[]).includes(kind));
  return of.length === 0 ? 'agrees' : of.map((name) => `[differs](#${anchorOf(name)})`).join(', ');
}

function section(name: DifferenceName): string {
  const { sentence, of, rule }: Difference = differences[name];
  const at = rule === undefined ? '' : ` [broker](broker.md) ${rule}.`;
  return `\n### ${name}\n\nOtherwise on: ${of.join(', ')}. ${sentence}${at}\n`;
}

/** As GitHub makes it of a heading. */
function anchorOf(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Undefined: the page is what the suite says. */
export function staleness(root: string): string | undefined {
  const page = readFileSync(join(root, CONFORMANCE_PAGE), 'utf8');
  return page === conformancePage()
    ? undefined
    : `${CONFORMANCE_PAGE} is not what the suite says: node dist/tools/write-conformance.js`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--check')) {
    const stale = staleness(process.cwd());
    if (stale !== undefined) {
      console.error(stale);
      process.exitCode = 1;
    }
  } else writeFileSync(CONFORMANCE_PAGE, conformancePage());
}
