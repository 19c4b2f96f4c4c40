/** Writes what was measured where it is read: docs/bench.md, docs/bench.svg, and the table in README.md between its marks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../test/harness/package-root.js';
import { sectionOf } from './brokers/publish-brokers.js';
import { chart } from './chart.js';
import { VERSION } from './clusters.js';
import { LOADS } from './loads.js';
import type { Result } from './result.js';
import { cpuOf, table } from './table.js';

export interface Machine {
  readonly processors: number;
  readonly processor: string;
  readonly node: string;
  /** Of the first load. */
  readonly records: number;
  readonly runs: number;
}

const BEGIN = '<!-- bench: written by `npm run bench` -->';
const END = '<!-- /bench -->';

export function publish(results: readonly Result[], machine: Machine): void {
  const at = (...path: string[]) => join(packageRoot, ...path);
  writeFileSync(at('docs', 'bench.svg'), chart(results));
  // The other bench writes a section of its own there.
  const file = at('docs', 'bench.md');
  const brokers = existsSync(file) ? sectionOf(readFileSync(file, 'utf8')) : '';
  writeFileSync(file, `${page(results, machine)}${brokers === '' ? '' : `\n${brokers}\n`}`);
  const readme = at('README.md');
  const text = `${table(results)}\n\n${sentence(results)}\n\n![CPU seconds per GB](docs/bench.svg)`;
  writeFileSync(readme, between(readFileSync(readme, 'utf8'), text));
}

/** `text` with what stands between the marks replaced. Throws where they are missing. */
export function between(text: string, inside: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`no "${BEGIN}" … "${END}" to write between`);
  return `${text.slice(0, from + BEGIN.length)}\n${inside}\n${text.slice(to)}`;
}

function page(results: readonly Result[], machine: Machine): string {
  return `# The bench, as measured

Written by \`npm run bench\`; how it measures is in [guides/bench.md](guides/bench.md).

Apache Kafka ${VERSION}, two clusters of one node, copier and brokers on one machine: ${machine.processors} processors
(${machine.processor.trim()}), Node ${machine.node}. ${machine.records} records of the first load, ${machine.runs} runs of each,
in both orders; median, and the spread of the runs in brackets. Figures shift from machine to machine; the ratios are the message.

${table(results)}

${sentence(results)}

![CPU seconds per GB](bench.svg)
`;
}

/** What the medians say against the marks. */
export function sentence(results: readonly Result[]): string {
  const parts = LOADS.flatMap(({ name }, index) => {
    const klink = cpuOf(results, name, 'klink');
    const [relay, mirrorMaker] = [cpuOf(results, name, 'relay'), cpuOf(results, name, 'mirror-maker')];
    if (!(klink > 0 && relay > 0 && mirrorMaker > 0)) return [];
    const which = index === 0 ? 'the first load' : 'the second';
    return [
      `${(klink / relay).toFixed(2)} times the bare relay's and 1/${(mirrorMaker / klink).toFixed(0)} of MirrorMaker 2's in ${which}`,
    ];
  });
  return parts.length === 0 ? '' : `klink's CPU per GB: ${parts.join(', ')}.`;
}
