/** Writes what was measured where it is read: docs/bench.md and the README, each between its own marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packageRoot } from '../../test/harness/package-root.js';
import { VERSION } from '../clusters.js';
import { brokerSentence, brokerTable, type Measurement } from './report-brokers.js';
import { type Start, startTable } from './report-starts.js';
import type { Row } from './rows.js';

export interface Machine {
  readonly processor: string;
  readonly node: string;
  readonly rounds: number;
  readonly directory: string;
  /** Where the rows that wait for a disk kept theirs. */
  readonly disk: string;
}

/** What stands between them is written anew. */
export interface Marks {
  readonly begin: string;
  readonly end: string;
}

const BROKERS: Marks = {
  begin: '<!-- bench:broker: written by `npm run bench:broker` -->',
  end: '<!-- /bench:broker -->',
};
const STARTS: Marks = {
  begin: '<!-- bench:start: written by `npm run bench:broker -- --only start` -->',
  end: '<!-- /bench:start -->',
};

export function publishBrokers(rows: readonly Row[], measured: readonly Measurement[], machine: Machine): void {
  const { processor, node, rounds, directory, disk } = machine;
  const page = join(packageRoot, 'docs', 'bench.md');
  const readme = join(packageRoot, 'README.md');
  const sentence = brokerSentence(rows, measured);
  const section = `## The embedded broker beside Apache Kafka ${VERSION}

Each broker on one processor (${processor.trim()}), the load generator on another; Node ${node}; logs below ${directory};
those of the rows that wait for the disk below ${relative(packageRoot, disk) || '.'}; ${rounds} rounds in alternating order; median, and the spread of
the rounds in brackets. How: [guides/bench.md](guides/bench.md).

${brokerTable(rows, measured)}

${sentence}
`;
  writeFileSync(page, withSection(readFileSync(page, 'utf8'), section));
  writeFileSync(readme, withSection(readFileSync(readme, 'utf8'), `${sentence} [Each row](docs/bench.md).`));
}

/** `load`: of the machine, as it was before: where others work as well each start waits for them. */
export function publishStarts(
  measured: readonly Start[],
  machine: Omit<Machine, 'disk'> & { readonly load: number },
): void {
  const { processor, node, rounds, directory, load } = machine;
  const page = join(packageRoot, 'docs', 'bench.md');
  const section = `## How long the embedded broker takes to begin

Each start in a new process, on ${processor.trim()}, Node ${node}, directories below ${directory}; ${rounds} rounds; median, and the spread in
brackets. The machine had a load of ${load.toFixed(1)} before: what counts is beside Node itself. *Used* has 10 partitions, of those and of the
1 000 each has a batch, and was stopped in good order.

${startTable(measured)}
`;
  writeFileSync(page, withSection(readFileSync(page, 'utf8'), section, STARTS));
}

/** `text` with what stands between the marks replaced; at its end where there are none yet. */
export function withSection(text: string, inside: string, { begin, end }: Marks = BROKERS): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) return `${text.trimEnd()}\n\n${begin}\n${inside.trimEnd()}\n${end}\n`;
  return `${text.slice(0, from + begin.length)}\n${inside.trimEnd()}\n${text.slice(to)}`;
}

/** Both sections as they stand, for who writes the rest of the page anew; empty where there are none. */
export function sectionOf(text: string): string {
  const sections = [BROKERS, STARTS].flatMap(({ begin, end }) => {
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    return from < 0 || to < from ? [] : [text.slice(from, to + end.length)];
  });
  return sections.join('\n\n');
}
