/** Results → a markdown table: median, and the spread of the runs in brackets. Pure. */
import { COPIERS, TITLES } from './copier.js';
import { LOADS } from './loads.js';
import type { Result } from './result.js';
import { type Summary, summarize } from './statistics.js';

const HEADS = [
  'load',
  'copier',
  'MB/s',
  'CPU-s per GB',
  'of the relay',
  'peak memory, MB',
  'delay p50 / p99, ms',
  "destination broker's CPU-s per GB",
];

export function table(results: readonly Result[]): string {
  const lines = [`| ${HEADS.join(' | ')} |`, `|${'---|'.repeat(HEADS.length)}`];
  for (const load of LOADS) {
    for (const copier of COPIERS) {
      const runs = results.filter((each) => each.load === load.name && each.copier === copier);
      if (runs.length === 0) continue;
      const of = (value: (result: Result) => number) => summarize(runs.map(value));
      const cells = [
        load.title,
        TITLES[copier],
        shown(
          of((run) => run.megabytesPerSecond),
          0,
        ),
        shown(
          of((run) => run.cpuSecondsPerGigabyte),
          2,
        ),
        ratio(cpuOf(results, load.name, copier) / cpuOf(results, load.name, 'relay')),
        shown(
          of((run) => run.peakMegabytes),
          0,
        ),
        `${of((run) => run.delays.p50Ms).median.toFixed(1)} / ${of((run) => run.delays.p99Ms).median.toFixed(1)}`,
        shown(
          of((run) => run.brokerSecondsPerGigabyte),
          2,
        ),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return lines.join('\n');
}

/** The median CPU seconds per GB; NaN where it was not run. */
export function cpuOf(results: readonly Result[], load: Result['load'], copier: Result['copier']): number {
  const runs = results.filter((each) => each.load === load && each.copier === copier);
  return summarize(runs.map(({ cpuSecondsPerGigabyte }) => cpuSecondsPerGigabyte)).median;
}

function shown({ median, min, max }: Summary, digits: number): string {
  if (min === max) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function ratio(value: number): string {
  return Number.isNaN(value) ? '' : `${value.toFixed(2)}×`;
}
