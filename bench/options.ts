/** What the bench was asked for. */
import { parseArgs } from 'node:util';
import { COPIERS, type CopierName } from './copier.js';
import { LOADS, type Load } from './loads.js';

export interface BenchOptions {
  /** Of the first load, warm-up included; the second has as many as its `times` says. */
  readonly records: number;
  readonly runs: number;
  readonly copiers: readonly CopierName[];
  readonly loads: readonly Load[];
  /** docs/bench.md, its chart and the README's table are written. */
  readonly write: boolean;
  readonly paceSeconds: number;
  readonly profile: string | undefined;
}

export const PARTITIONS = 8;
export const PACE_RECORDS_PER_SECOND = 1_000;
/** The part of the records that is copied before anything is counted. */
export const WARM_UP_SHARE = 0.25;

export const HELP = `npm run bench -- [options]
  --records N     records of the first load (default 1000000)
  --runs N        runs of each copier and load (default 3)
  --only NAME     klink, relay or mirror-maker; random or json; again for more
  --quick         one run of 200000 records
  --profile DIR   CPU profiles of klink and the relay, for Chrome's developer tools
  --no-write      print only; also when anything was left out
`;

export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      records: { type: 'string' },
      runs: { type: 'string' },
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean', default: false },
      profile: { type: 'string' },
      'no-write': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const only = values.only ?? [];
  for (const name of only) {
    if (![...COPIERS, ...LOADS.map((load) => load.name)].some((known) => known === name)) {
      throw new Error(`--only ${name}: there is no such copier or load`);
    }
  }
  const named = <T>(all: readonly T[], nameOf: (each: T) => string): readonly T[] => {
    const chosen = all.filter((each) => only.includes(nameOf(each)));
    return chosen.length > 0 ? chosen : all;
  };
  return {
    records: count('--records', values.records ?? (values.quick ? '200000' : '1000000')),
    runs: count('--runs', values.runs ?? (values.quick ? '1' : '3')),
    copiers: named(COPIERS, (name) => name),
    loads: named(LOADS, ({ name }) => name),
    profile: values.profile,
    write: !values['no-write'] && values.profile === undefined && !values.quick && only.length === 0,
    paceSeconds: values.quick ? 2 : 5,
  };
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} ${text}: a positive whole number is wanted`);
  return value;
}
