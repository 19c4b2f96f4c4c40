/** Writes what was measured where it is read: docs/bench.md and the README, each between its own marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packageRoot } from '../../test/harness/package-root.js';
import { VERSION } from '../clusters.js';
import { brokerSentence, brokerTable, type Measurement } from './report-brokers.js';
import type { Row } from './rows.js';

export interface Machine {
  readonly processor: string;
  readonly node: string;
  readonly rounds: number;
  readonly directory: string;
  /** Where the rows that wait for a disk kept theirs. */
  readonly disk: string;
}

const BEGIN = '<!-- bench:broker: written by `npm run bench:broker` -->';
const END = '<!-- /bench:broker -->';

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

/** `text` with what stands between the marks replaced; at its end where there are none yet. */
export function withSection(text: string, inside: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) return `${text.trimEnd()}\n\n${BEGIN}\n${inside.trimEnd()}\n${END}\n`;
  return `${text.slice(0, from + BEGIN.length)}\n${inside.trimEnd()}\n${text.slice(to)}`;
}

/** The section as it stands, for who writes the rest of the page anew; empty where there is none. */
export function sectionOf(text: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  return from < 0 || to < from ? '' : text.slice(from, to + END.length);
}
