/** JSON values one after another, as published clients send records and expect what became of them. */
import { toJson } from './json.js';

/**
 * The values of a text, each an object or an array; between them there may be spaces and line ends. Throws a SyntaxError where
 * one of them is no JSON or is not complete.
 */
export function jsonSequence(text: string): unknown[] {
  const values: unknown[] = [];
  let start = 0;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) {
      values.push(JSON.parse(text.slice(start, at + 1)));
      start = at + 1;
    }
  }
  const rest = text.slice(start).trim();
  if (rest !== '') values.push(JSON.parse(rest));
  return values;
}

/** A single value is a JSON text like any other. */
export function toJsonSequence(values: readonly unknown[]): string {
  return values.map(toJson).join('\n');
}
