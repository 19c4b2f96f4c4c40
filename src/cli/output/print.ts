/** Prints a list or one object as people or as programs read it: tables, JSON or YAML, in the published column order. */
import type { Io } from '../io.js';
import { boxTable, type Cell, listTable } from './table.js';

export type OutputForm = 'human' | 'json' | 'yaml';

export const outputForms: readonly OutputForm[] = ['human', 'json', 'yaml'];

/** One column: its heading for people, its key for programs. */
export interface Column<T> {
  readonly heading: string;
  readonly key: string;
  readonly value: (row: T) => Cell;
  /** Where people and programs see different things (a mark and a boolean). */
  readonly human?: (row: T) => Cell;
  /** Left out for programs, and as a column for people, where every value is empty. */
  readonly omitEmpty?: boolean;
}

export async function printList<T>(
  io: Pick<Io, 'out'>,
  form: OutputForm,
  columns: readonly Column<T>[],
  rows: readonly T[],
): Promise<void> {
  if (form !== 'human')
    return printValue(
      io,
      form,
      rows.map((row) => toObject(columns, row)),
    );
  if (rows.length === 0) return io.out('None found.\n');
  const shown = columns.filter((column) => !column.omitEmpty || rows.some((row) => column.value(row) !== ''));
  const cells = rows.map((row) => shown.map((column) => (column.human ?? column.value)(row)));
  await io.out(
    listTable(
      shown.map((column) => column.heading),
      cells,
    ),
  );
}

export async function printOne<T>(
  io: Pick<Io, 'out'>,
  form: OutputForm,
  columns: readonly Column<T>[],
  row: T,
): Promise<void> {
  if (form !== 'human') return printValue(io, form, toObject(columns, row));
  const shown = columns.filter((column) => !column.omitEmpty || column.value(row) !== '');
  await io.out(boxTable(shown.map((column) => [column.heading, (column.human ?? column.value)(row)])));
}

export async function printValue(io: Pick<Io, 'out'>, form: 'json' | 'yaml', value: unknown): Promise<void> {
  if (form === 'json') return io.out(`${JSON.stringify(value, undefined, 2)}\n`);
  const { stringify } = await import('yaml');
  await io.out(stringify(value));
}

function toObject<T>(columns: readonly Column<T>[], row: T): Record<string, Cell> {
  const entries = columns
    .map((column): [string, Cell] => [column.key, column.value(row)])
    .filter(([, value], index) => !columns[index]?.omitEmpty || value !== '');
  return Object.fromEntries(entries);
}
