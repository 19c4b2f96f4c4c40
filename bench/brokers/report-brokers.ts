/** Outcomes → a markdown table: medians, the spread of the rounds in brackets, and the ratio that counts. Pure. */
import { type Summary, summarize } from '../statistics.js';
import type { Outcome } from './job.js';
import { type Row, shapeOf } from './rows.js';
import type { SideName } from './sides.js';

export interface Measurement {
  readonly row: Row;
  readonly side: SideName;
  readonly round: number;
  readonly outcome: Outcome;
}

/** The embedded broker is to do at least so much of what Apache Kafka does, in every row. */
export const GOAL = 1 / 3;

const HEADS = [
  '',
  'embedded, MB/s',
  'Apache Kafka, MB/s',
  'ratio',
  'embedded, CPU-s per GB',
  'Apache Kafka, CPU-s per GB',
  'generator busy, %',
];

export function brokerTable(rows: readonly Row[], measured: readonly Measurement[]): string {
  const lines = [`| ${HEADS.join(' | ')} |`, `|${'---|'.repeat(HEADS.length)}`];
  for (const row of rows) {
    if (!measured.some((each) => each.row === row)) continue;
    const busy = (['embedded', 'kafka'] as const).map((side) =>
      of(
        measured,
        row,
        side,
        ({ generatorCpuSeconds, seconds }) => (100 * generatorCpuSeconds) / seconds,
      ).median.toFixed(0),
    );
    const cells = [
      `${row.operation}, ${shapeOf(row)}`,
      shown(of(measured, row, 'embedded', speed), 0),
      shown(of(measured, row, 'kafka', speed), 0),
      ratioOf(measured, row).toFixed(2),
      shown(of(measured, row, 'embedded', cost), 2),
      shown(of(measured, row, 'kafka', cost), 2),
      busy.join(' / '),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

/** The median over the rounds of what the embedded broker did by what Kafka did in the same round. */
export function ratioOf(measured: readonly Measurement[], row: Row): number {
  const of = (side: SideName) => measured.filter((each) => each.row === row && each.side === side);
  const ratios = of('embedded').flatMap(({ round, outcome }) => {
    const kafka = of('kafka').find((each) => each.round === round);
    return kafka === undefined ? [] : [speed(outcome) / speed(kafka.outcome)];
  });
  return summarize(ratios).median;
}

/** What the table says in one sentence. */
export function brokerSentence(rows: readonly Row[], measured: readonly Measurement[]): string {
  const inMemory = rows.filter(({ isFlushed }) => !isFlushed);
  const ratios = inMemory.map((row) => ratioOf(measured, row)).filter((ratio) => !Number.isNaN(ratio));
  if (ratios.length === 0) return '';
  const below = ratios.filter((ratio) => ratio < GOAL).length;
  const range = `between ${Math.min(...ratios).toFixed(2)} and ${Math.max(...ratios).toFixed(2)} times what Apache Kafka does`;
  return `On one processor the embedded broker does ${range}${below === 0 ? '' : `; ${below} of ${ratios.length} rows are below a third`}.`;
}

export function speed({ bytes, seconds }: Outcome): number {
  return bytes / 1e6 / seconds;
}

export function cost({ bytes, brokerCpuSeconds }: Outcome): number {
  return brokerCpuSeconds / (bytes / 1e9);
}

function of(measured: readonly Measurement[], row: Row, side: SideName, value: (outcome: Outcome) => number): Summary {
  return summarize(
    measured.filter((each) => each.row === row && each.side === side).map(({ outcome }) => value(outcome)),
  );
}

function shown({ median, min, max }: Summary, digits: number): string {
  if (min === max || Number.isNaN(median)) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}
