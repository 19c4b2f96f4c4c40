/**
 * Properties files as far as Kafka's tools use them: `key=value` lines, `#` and `!` comments, backslash continuation, `\n` and
 * `\t` escapes. Refuses lines without a `=` and keys given twice, by line.
 */
import { fail, ok, type Result } from './result.js';

export interface PropertiesProblem {
  /** Counted from 1; of a continued line its last. */
  readonly line: number;
  /** May show the beginning of a value. */
  readonly what: string;
}

/** Keys in the order in which they were written. */
export function readProperties(text: string): Result<Map<string, string>, PropertiesProblem> {
  const settings = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  let joined = '';
  for (const [index, raw] of lines.entries()) {
    const line = raw.trimStart();
    if (joined === '' && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const continues = /(^|[^\\])(\\\\)*\\$/.test(line);
    joined += continues ? line.slice(0, -1) : line;
    if (continues && index + 1 < lines.length) continue;
    const what = addProperty(settings, joined);
    if (what !== undefined) return fail({ line: index + 1, what });
    joined = '';
  }
  return ok(settings);
}

/** Adds one `key=value`; or says what is wrong with it. */
export function addProperty(settings: Map<string, string>, line: string): string | undefined {
  const at = line.indexOf('=');
  const key = line.slice(0, at).trim();
  if (at <= 0 || !/^[\w.-]+$/.test(key)) return `expected \`key=value\`, found "${shortened(line)}"`;
  if (settings.has(key)) return `"${key}" is given twice`;
  settings.set(key, unescaped(line.slice(at + 1).trim()));
  return undefined;
}

function unescaped(value: string): string {
  return value.replace(/\\([nt\\])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 't' ? '\t' : '\\'));
}

/** A broken line may hold a password. */
function shortened(line: string): string {
  return line.length > 12 ? `${line.slice(0, 12)}…` : line;
}
