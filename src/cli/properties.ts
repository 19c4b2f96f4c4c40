/**
 * Reads `--config`: a comma list `k=v,k=v`, or the path of a properties file (`key=value` lines, `#` comments, backslash
 * continuation, `\n` and `\t` escapes). Refuses lines without a `=` and keys given twice, by file and line.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
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
  for (const piece of flag.split(/,(?=\s*[\w.-]+=)/)) addTo(settings, piece, '--config');
  return settings;
}

export function parseProperties(text: string, name: string): Map<string, string> {
  const settings = new Map<string, string>();
  let joined = '';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trimStart();
    if (joined === '' && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const continues = /(^|[^\\])(\\\\)*\\$/.test(line);
    joined += continues ? line.slice(0, -1) : line;
    if (continues) continue;
    addTo(settings, joined, `${name}, line ${index + 1}`);
    joined = '';
  }
  if (joined !== '') addTo(settings, joined, `${name}, last line`);
  return settings;
}

function addTo(settings: Map<string, string>, line: string, where: string): void {
  const at = line.indexOf('=');
  const key = line.slice(0, at).trim();
  if (at <= 0 || !/^[\w.-]+$/.test(key))
    throw new CliFailure(`${where}: expected \`key=value\`, found "${shortened(line)}"`);
  if (settings.has(key)) throw new CliFailure(`${where}: "${key}" is given twice`);
  settings.set(key, unescaped(line.slice(at + 1).trim()));
}

function unescaped(value: string): string {
  return value.replace(/\\([nt\\])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 't' ? '\t' : '\\'));
}

/** A broken line may hold a password. */
function shortened(line: string): string {
  return line.length > 12 ? `${line.slice(0, 12)}…` : line;
}
