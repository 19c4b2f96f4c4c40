/**
 * The two tables of the published command line: lists with a rule below a centred header and numbers to the right, and
 * boxed key-value pairs. Knows nothing of what it prints.
 */
/** A list is one for programs; people see its words with commas. */
export type Cell = string | number | bigint | boolean | readonly string[];

const WRAP_AT = 30;

/** Rows are sorted by their cells from left to right, as the published tables are. */
export function listTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const sorted = [...rows].sort(byCells);
  const wrapped = sorted.map((row) => row.map((cell) => wrap(shown(cell))));
  const headers = columns.map((column) => wrap(column));
  const widths = columns.map((_, index) =>
    Math.max(...[headers, ...wrapped].map((row) => widest(row[index] ?? [''])), 0),
  );
  const numeric = columns.map((_, index) => sorted.length > 0 && sorted.every((row) => isNumber(row[index])));
  const lines = [
    ...rowLines(headers, widths, (text, width) => centred(text, width)),
    `-${widths.map((width) => '-'.repeat(width + 2)).join('+')}-`,
    ...wrapped.flatMap((row) =>
      rowLines(row, widths, (text, width, index) => (numeric[index] ? text.padStart(width) : text.padEnd(width))),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

export function boxTable(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const rows = pairs.map(([name, value]) => [[name], wrap(shown(value))]);
  const widths = [0, 1].map((index) => Math.max(...rows.map((row) => widest(row[index] ?? ['']))));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const lines = rows.flatMap((row) =>
    heights(row).map(
      (line) => `|${widths.map((width, index) => ` ${(row[index]?.[line] ?? '').padEnd(width)} `).join('|')}|`,
    ),
  );
  return `${[rule, ...lines, rule].join('\n')}\n`;
}

function rowLines(
  row: readonly (readonly string[])[],
  widths: readonly number[],
  align: (text: string, width: number, index: number) => string,
): string[] {
  return heights(row).map(
    (line) => ` ${widths.map((width, index) => ` ${align(row[index]?.[line] ?? '', width, index)} `).join('|')} `,
  );
}

function heights(row: readonly (readonly string[])[]): number[] {
  return Array.from({ length: Math.max(1, ...row.map((cell) => cell.length)) }, (_, line) => line);
}

function centred(text: string, width: number): string {
  const gap = width - text.length;
  const left = Math.floor(gap / 2);
  return ' '.repeat(left) + text + ' '.repeat(gap - left);
}

function widest(lines: readonly string[]): number {
  return Math.max(...lines.map((line) => line.length));
}

/** Breaks between words only: a name or an id must stay in one piece to be copied. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    let current = '';
    for (const word of line.split(' ')) {
      if (current !== '' && current.length + 1 + word.length > WRAP_AT) {
        lines.push(current);
        current = word;
      } else current = current === '' ? word : `${current} ${word}`;
    }
    lines.push(current);
  }
  return lines;
}

function shown(cell: Cell): string {
  return typeof cell === 'object' ? cell.join(', ') : String(cell);
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === 'number' || typeof cell === 'bigint';
}

function byCells(left: readonly Cell[], right: readonly Cell[]): number {
  for (const [index, cell] of left.entries()) {
    const other = right[index] ?? '';
    const order =
      isNumber(cell) && isNumber(other) ? Number(cell) - Number(other) : compareText(shown(cell), shown(other));
    if (order !== 0) return order;
  }
  return 0;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
