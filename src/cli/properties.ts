/** Reads `--config`: a comma list `k=v,k=v`, or the path of a properties file. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { addProperty, readProperties } from '../base/properties.js';
import { CliFailure } from './failure.js';

/** Keys in the order in which they were written. Throws CliFailure. */
export function readConfigFlag(flag: string, workingDirectory: string): Map<string, string> {
  const path = resolve(workingDirectory, flag);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return parseProperties(readFileSync(path, 'utf8'), flag);
  if (!flag.includes('=')) {
    throw new CliFailure(
      `there is no file "${flag}"`,
      'Give `--config` the path of a properties file, or settings like `--config retention.ms=60000,cleanup.policy=delete`.',
    );
  }
  const settings = new Map<string, string>();
  // A comma belongs to the value when no `key=` follows it: `cleanup.policy=compact,delete`.
  for (const piece of flag.split(/,(?=\s*[\w.-]+=)/)) {
    const problem = addProperty(settings, piece);
    if (problem !== undefined) throw new CliFailure(`--config: ${problem}`);
  }
  return settings;
}

export function parseProperties(text: string, name: string): Map<string, string> {
  const read = readProperties(text);
  if (!read.ok) throw new CliFailure(`${name}, line ${read.error.line}: ${read.error.what}`);
  return read.value;
}
