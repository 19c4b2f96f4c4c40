/** Starts → a markdown table: medians, the spread in brackets. Pure. */
import { type Summary, summarize } from '../statistics.js';

export interface Start {
  readonly what: string;
  readonly wallMs: number;
  /** Of the whole process until then; undefined where it is a part of one. */
  readonly cpuMs: number | undefined;
}

/** Whose time is the measure: on a busy machine all starts wait alike. */
export const NODE = 'Node itself (`node -e 0`)';
const HEADS = ['what begins', 'ms', 'beside Node itself', 'CPU-ms of the process'];

/** In the order in which they first came. */
export function startTable(measured: readonly Start[]): string {
  const lines = [`| ${HEADS.join(' | ')} |`, `|${'---|'.repeat(HEADS.length)}`];
  const node = summarize(measured.filter(({ what }) => what === NODE).map(({ wallMs }) => wallMs)).median;
  for (const what of new Set(measured.map((each) => each.what))) {
    const same = measured.filter((each) => each.what === what);
    const cpu = same.flatMap(({ cpuMs }) => (cpuMs === undefined ? [] : [cpuMs]));
    const wall = summarize(same.map(({ wallMs }) => wallMs));
    const cells = [
      what,
      shown(wall),
      `${(wall.median / node).toFixed(1)}×`,
      cpu.length === 0 ? '' : shown(summarize(cpu)),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

function shown({ median, min, max }: Summary): string {
  return `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`;
}
