/**
 * Regular expressions over topic names in RE2's syntax, which is what subscriptions of KIP-848 are written in. re2js, like
 * RE2, takes time linear in the name, so that no expression of a client can hold up the broker as JavaScript's own would;
 * how large an expression may be is bounded here. The whole name must match. Serves docs/spec/broker.md §5.4.
 */
import { createRequire } from 'node:module';

/** Loaded with the first expression: most brokers never see one, and each start would pay for it. */
let loaded: typeof import('re2js') | undefined;

function re2js(): typeof import('re2js') {
  // Cast: what a package exports is not known to `require`.
  loaded ??= createRequire(import.meta.url)('re2js') as typeof import('re2js');
  return loaded;
}

export type TopicPattern =
  | { readonly kind: 'pattern'; readonly matches: (name: string) => boolean }
  | { readonly kind: 'invalid'; readonly why: string };

/** Of one expression, repetitions written out: what it may cost per character of a name. */
export const STEPS_MAX = 2000;
/** What it may cost to be compiled, which comes before its steps can be counted: each character can stand for a thousand. */
export const CHARACTERS_MAX = 4000;
const TOO_LARGE: TopicPattern = { kind: 'invalid', why: 'expression too large' };

export function topicPattern(source: string): TopicPattern {
  if (source.length > CHARACTERS_MAX) return TOO_LARGE;
  const { RE2JS, RE2JSException, RE2JSSyntaxException } = re2js();
  try {
    const compiled = RE2JS.compile(source);
    if (compiled.programSize() > STEPS_MAX) return TOO_LARGE;
    return { kind: 'pattern', matches: (name) => compiled.matches(name) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return { kind: 'invalid', why: error instanceof RE2JSSyntaxException ? error.getDescription() : error.message };
  }
}
