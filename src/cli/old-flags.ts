/** Flags that have another name today, wherever they stand on a line. What has another meaning today is not among them. */
import { noteOldSpelling } from './command.js';
import type { Io } from './io.js';

const renamed: Readonly<Record<string, string>> = {
  '--config-file': '--config',
  '--source-cluster-id': '--source-cluster',
};

/** The line as it is written today. Everything behind `--` is left as it stands. */
export function todaysFlags(io: Pick<Io, 'err'>, args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.map((word, index) => {
    const [, flag = '', value = ''] = /^(--[a-z-]+)(=[\s\S]*)?$/.exec(word) ?? [];
    const today = end >= 0 && index > end ? undefined : renamed[flag];
    if (today === undefined) return word;
    noteOldSpelling(io, flag, today);
    return `${today}${value}`;
  });
}
