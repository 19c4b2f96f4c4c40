/** CPU seconds per GB as bars on a logarithmic scale, one group for each load, as SVG. Pure; readable on light and dark. */
import { COPIERS, type CopierName, TITLES } from './copier.js';
import { LOADS } from './loads.js';
import type { Result } from './result.js';
import { cpuOf } from './table.js';

const WIDTH = 720;
const LEFT = 130;
const RIGHT = 110;
const BAR = 22;
const GAP = 6;
const GROUP_HEAD = 34;
const TOP = 40;

const COLOURS: Readonly<Record<CopierName, string>> = {
  klink: '#2f6fde',
  relay: '#8a94a6',
  'mirror-maker': '#d9822b',
};

export function chart(results: readonly Result[]): string {
  const shown = LOADS.map((load) => ({
    load,
    bars: COPIERS.map((copier) => ({ copier, value: cpuOf(results, load.name, copier) })).filter(
      ({ value }) => value > 0,
    ),
  })).filter(({ bars }) => bars.length > 0);
  const values = shown.flatMap(({ bars }) => bars.map(({ value }) => value));
  const floor = 10 ** Math.floor(Math.log10(Math.min(...values)) - 0.001);
  const span = Math.log10(Math.max(...values) / floor);
  const lengthOf = (value: number) => (Math.log10(value / floor) / span) * (WIDTH - LEFT - RIGHT);

  const parts: string[] = [];
  let y = TOP;
  parts.push(
    text({ x: 0, y: 18, weight: 'bold' }, 'CPU seconds of the copier per GB copied (logarithmic; shorter is better)'),
  );
  for (const { load, bars } of shown) {
    parts.push(text({ x: 0, y: y + 18, weight: 'normal' }, load.title));
    y += GROUP_HEAD;
    for (const { copier, value } of bars) {
      parts.push(text({ x: 0, y: y + 16, weight: 'normal' }, TITLES[copier]));
      const width = Math.max(2, lengthOf(value)).toFixed(1);
      parts.push(`<rect x="${LEFT}" y="${y}" width="${width}" height="${BAR}" rx="3" fill="${COLOURS[copier]}"/>`);
      parts.push(text({ x: LEFT + Number(width) + 8, y: y + 16, weight: 'normal' }, value.toFixed(value < 10 ? 2 : 1)));
      y += BAR + GAP;
    }
    y += GAP;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img">
<style>text { font: 14px system-ui, sans-serif; fill: #1f2430 } @media (prefers-color-scheme: dark) { text { fill: #e4e7ee } }</style>
${parts.join('\n')}
</svg>
`;
}

function text(at: { readonly x: number; readonly y: number; readonly weight: string }, words: string): string {
  const plain = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${at.x.toFixed(0)}" y="${at.y}" font-weight="${at.weight}">${plain}</text>`;
}
