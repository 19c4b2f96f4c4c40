/**
 * Regular expressions over topic names in RE2's syntax, which is what subscriptions of KIP-848 are written in: parsed and
 * run here, in time linear in the name, so that no expression of a client can hold up the broker as JavaScript's own would.
 * The whole name must match. Names are ASCII, hence so are the sets; what RE2 refuses is refused, in its words.
 * Serves docs/spec/broker.md §5.4.
 */

export type TopicPattern =
  | { readonly kind: 'pattern'; readonly matches: (name: string) => boolean }
  | { readonly kind: 'invalid'; readonly why: string };

/** Of one expression, repetitions written out: what it may cost per character of a name. */
export const STEPS_MAX = 2000;
const REPEAT_MAX = 1000;
const CODES = 128;

type Codes = readonly boolean[];
type Assertion = 'start' | 'end' | 'boundary' | 'within';
type Node =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'one'; readonly of: Codes }
  | { readonly kind: 'assert'; readonly that: Assertion }
  | { readonly kind: 'then'; readonly parts: readonly Node[] }
  | { readonly kind: 'either'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

export function topicPattern(source: string): TopicPattern {
  try {
    const program = compile(new Parser(source).parse());
    return { kind: 'pattern', matches: (name) => runs(program, name) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: 'invalid', why: error.message };
  }
}

class Refused extends Error {}

function refuse(why: string): never {
  throw new Refused(why);
}

const bracket = (pattern: RegExp): Codes =>
  Array.from({ length: CODES }, (_, code) => pattern.test(String.fromCharCode(code)));
const not = (codes: Codes): Codes => codes.map((each) => !each);
const NONE: Codes = Array.from({ length: CODES }, () => false);
const perl: ReadonlyMap<string, Codes> = new Map([
  ['d', bracket(/[0-9]/)],
  ['s', bracket(/[\t\n\f\r ]/)],
  ['w', bracket(/[0-9A-Za-z_]/)],
]);
const posix: ReadonlyMap<string, Codes> = new Map([
  ['alnum', bracket(/[0-9A-Za-z]/)],
  ['alpha', bracket(/[A-Za-z]/)],
  ['ascii', not(NONE)],
  ['blank', bracket(/[\t ]/)],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the control characters.
  ['cntrl', bracket(/[\u0000-\u001f\u007f]/)],
  ['digit', bracket(/[0-9]/)],
  ['graph', bracket(/[!-~]/)],
  ['lower', bracket(/[a-z]/)],
  ['print', bracket(/[ -~]/)],
  ['punct', bracket(/[!-/:-@[-`{-~]/)],
  ['space', bracket(/[\t\n\v\f\r ]/)],
  ['upper', bracket(/[A-Z]/)],
  ['word', bracket(/[0-9A-Za-z_]/)],
  ['xdigit', bracket(/[0-9A-Fa-f]/)],
]);
const controls: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['f', 12],
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['v', 11],
]);
const isWord = (text: string | undefined) => text !== undefined && /[0-9A-Za-z_]/.test(text);

class Parser {
  readonly #source: string;
  readonly #groups = new Set<string>();
  #at = 0;
  #ignoresCase = false;
  #matchesNewline = false;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#source.length) refuse('unexpected )');
    return node;
  }

  get #next(): string | undefined {
    return this.#source[this.#at];
  }

  #takes(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #takesMatch(pattern: RegExp): RegExpExecArray | undefined {
    const sticky = new RegExp(pattern, 'y');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#source);
    if (found === null) return undefined;
    this.#at = sticky.lastIndex;
    return found;
  }

  #alternatives(): Node {
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'either', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    let repeats = false;
    for (;;) {
      const repetition = this.#repetition();
      if (repetition !== undefined) {
        if (repeats) refuse('invalid nested repetition operator');
        const part = parts.pop() ?? refuse('missing argument to repetition operator');
        parts.push({ kind: 'repeat', part, ...repetition });
        repeats = true;
        continue;
      }
      const next = this.#next;
      if (next === undefined || next === '|' || next === ')') return { kind: 'then', parts };
      repeats = false;
      if (this.#takes('(?')) parts.push(...this.#special());
      else if (this.#takes('(')) parts.push(this.#group());
      else if (this.#takes('\\Q')) parts.push(...this.#quoted());
      else parts.push(this.#single());
    }
  }

  /** With its question mark, which asks for the shortest match: for whole names that is the same. */
  #repetition(): { readonly min: number; readonly max: number } | undefined {
    const counted = this.#takesMatch(/\{(\d+)(?:(,)(\d*))?\}/);
    const plain = counted ? undefined : this.#takesMatch(/[*+?]/)?.[0];
    if (counted === undefined && plain === undefined) return undefined;
    this.#takes('?');
    if (plain !== undefined) return { min: plain === '+' ? 1 : 0, max: plain === '?' ? 1 : Number.POSITIVE_INFINITY };
    const [, low = '', comma, high = ''] = counted ?? [];
    const min = Number(low);
    const max = comma === undefined ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high);
    const isTooOften = min > REPEAT_MAX || (max !== Number.POSITIVE_INFINITY && max > REPEAT_MAX);
    if (isTooOften || max < min) refuse('invalid repeat count');
    return { min, max };
  }

  #group(): Node {
    const before = [this.#ignoresCase, this.#matchesNewline] as const;
    const node = this.#alternatives();
    if (!this.#takes(')')) refuse('missing closing )');
    [this.#ignoresCase, this.#matchesNewline] = before;
    return node;
  }

  /** A named group, or flags: for the rest of this group, or for one of their own. */
  #special(): Node[] {
    const name = this.#takesMatch(/P?<([0-9A-Za-z_]+)>/)?.[1];
    if (name !== undefined) {
      if (this.#groups.has(name)) refuse('duplicate capture group name');
      this.#groups.add(name);
      return [this.#group()];
    }
    if (/P?<(?![=!])/y.test(this.#source.slice(this.#at, this.#at + 3))) refuse('invalid named capture');
    const flags = this.#takesMatch(/([imsU]*)(?:-([imsU]+))?([:)])/);
    if (flags === undefined) return refuse('invalid or unsupported Perl syntax');
    const [whole, on = '', off = '', end] = flags;
    if (whole === ')') refuse('missing argument to repetition operator');
    const before = [this.#ignoresCase, this.#matchesNewline] as const;
    this.#ignoresCase = off.includes('i') ? false : on.includes('i') || this.#ignoresCase;
    this.#matchesNewline = off.includes('s') ? false : on.includes('s') || this.#matchesNewline;
    if (end === ')') return [];
    const node = this.#alternatives();
    if (!this.#takes(')')) refuse('missing closing )');
    [this.#ignoresCase, this.#matchesNewline] = before;
    return [node];
  }

  #quoted(): Node[] {
    const end = this.#source.indexOf('\\E', this.#at);
    const text = this.#source.slice(this.#at, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#source.length : end + 2;
    return [...text].map((each) => this.#literal(each.codePointAt(0) ?? 0));
  }

  #single(): Node {
    if (this.#takes('^') || this.#takes('\\A')) return { kind: 'assert', that: 'start' };
    if (this.#takes('$') || this.#takes('\\z')) return { kind: 'assert', that: 'end' };
    if (this.#takes('\\b')) return { kind: 'assert', that: 'boundary' };
    if (this.#takes('\\B')) return { kind: 'assert', that: 'within' };
    if (this.#takes('.')) return { kind: 'one', of: this.#matchesNewline ? not(NONE) : not(bracket(/\n/)) };
    if (this.#takes('[')) return { kind: 'one', of: this.#folded(this.#class()) };
    const known = this.#knownClass();
    return known ? { kind: 'one', of: this.#folded(known) } : this.#literal(this.#code());
  }

  #literal(code: number): Node {
    return { kind: 'one', of: this.#folded(NONE.map((_, each) => each === code)) };
  }

  #folded(codes: Codes): Codes {
    if (!this.#ignoresCase) return codes;
    const other = (code: number) => (/[A-Za-z]/.test(String.fromCharCode(code)) ? code ^ 32 : code);
    return codes.map((each, code) => each || codes[other(code)] === true);
  }

  #class(): Codes {
    const isNegated = this.#takes('^');
    let codes = NONE;
    const add = (more: Codes) => {
      codes = codes.map((each, code) => each || more[code] === true);
    };
    for (let first = true; first || this.#next !== ']'; first = false) {
      if (this.#next === undefined) refuse('missing closing ]');
      const named = this.#takesMatch(/\[:(\^?)([a-z]+):\]/);
      if (named) {
        const [, negated, name = ''] = named;
        const known = posix.get(name) ?? refuse('invalid character class range');
        add(negated === '^' ? not(known) : known);
        continue;
      }
      const known = this.#knownClass();
      if (known) {
        add(known);
        continue;
      }
      const from = this.#code();
      const isRange = this.#next === '-' && this.#source[this.#at + 1] !== ']' && this.#takes('-');
      const to = isRange ? (this.#next === undefined ? refuse('missing closing ]') : this.#code()) : from;
      if (to < from) refuse('invalid character class range');
      add(NONE.map((_, code) => code >= from && code <= to));
    }
    this.#at++;
    return isNegated ? not(codes) : codes;
  }

  /** `\d` and its like, `\pL`, `\p{Greek}`. */
  #knownClass(): Codes | undefined {
    const short = this.#takesMatch(/\\([dswDSW])/)?.[1];
    if (short !== undefined) {
      const codes = perl.get(short.toLowerCase()) ?? NONE;
      return short === short.toLowerCase() ? codes : not(codes);
    }
    const unicode = this.#takesMatch(/\\([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Za-z]))/);
    if (unicode === undefined) return undefined;
    const [, letter, caret, long, single] = unicode;
    const codes = unicodeClass(long ?? single ?? '');
    return (letter === 'P') !== (caret === '^') ? not(codes) : codes;
  }

  #code(): number {
    if (!this.#takes('\\')) {
      const code = this.#source.codePointAt(this.#at) ?? 0;
      this.#at += code > 0xffff ? 2 : 1;
      return code;
    }
    if (this.#next === undefined) refuse('trailing backslash at end of expression');
    // One digit alone would refer back to a group, which no linear matcher can.
    const octal = this.#takesMatch(/0[0-7]{0,2}|[1-7][0-7]{1,2}/)?.[0];
    if (octal !== undefined) return Number.parseInt(octal, 8);
    const hex = this.#takesMatch(/x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/);
    if (hex) return Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    const letter = this.#takesMatch(/[afnrtv]/)?.[0];
    if (letter !== undefined) return controls.get(letter) ?? 0;
    const itself = this.#takesMatch(/[!-/:-@[-`{-~ ]/)?.[0];
    return itself?.charCodeAt(0) ?? refuse('invalid escape sequence');
  }
}

/** By JavaScript's own tables, of which RE2 knows the short categories and the scripts. */
function unicodeClass(name: string): Codes {
  if (name === 'Any') return not(NONE);
  try {
    return bracket(new RegExp(name.length <= 2 ? `\\p{gc=${name}}` : `\\p{Script=${name}}`, 'u'));
  } catch {
    return refuse('invalid character class range');
  }
}

type Step =
  | { readonly kind: 'one'; readonly of: Codes }
  | { readonly kind: 'assert'; readonly that: Assertion }
  /** Goes on at both: with the next step, and this far away. */
  | { readonly kind: 'also'; readonly by: number }
  | { readonly kind: 'jump'; readonly by: number };

/** The end of the list is the match. */
function compile(node: Node): readonly Step[] {
  const steps = stepsOf(node);
  return steps.length > STEPS_MAX ? refuse('expression too large') : steps;
}

function stepsOf(node: Node): readonly Step[] {
  switch (node.kind) {
    case 'nothing':
      return [];
    case 'one':
    case 'assert':
      return [node];
    case 'then':
      return bounded(node.parts.map(stepsOf));
    case 'either': {
      const [first = { kind: 'nothing' }, ...rest] = node.parts;
      if (rest.length === 0) return stepsOf(first);
      const one = stepsOf(first);
      const other = stepsOf({ kind: 'either', parts: rest });
      const past: Step = { kind: 'jump', by: other.length + 1 };
      return bounded([[{ kind: 'also', by: one.length + 2 }], one, [past], other]);
    }
    case 'repeat': {
      const once = stepsOf(node.part);
      if (once.length === 0) return [];
      const must = Array.from({ length: node.min }, () => once);
      if (node.max === Number.POSITIVE_INFINITY) {
        const back: Step = { kind: 'jump', by: -once.length - 1 };
        return bounded([...must, [{ kind: 'also', by: once.length + 2 }], once, [back]]);
      }
      const skip: Step = { kind: 'also', by: once.length + 1 };
      const may = Array.from({ length: node.max - node.min }, () => [skip, ...once]);
      return bounded([...must, ...may]);
    }
  }
}

/** Repetitions of repetitions multiply: what is too large is not even written out. */
function bounded(parts: readonly (readonly Step[])[]): readonly Step[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return length > STEPS_MAX ? refuse('expression too large') : parts.flat();
}

/** All steps that the name can be at, character by character: as many as the program has, at most. */
function runs(program: readonly Step[], name: string): boolean {
  let now = reach(program, [0], name, 0);
  for (let at = 0; at < name.length && now.size > 0; at++) {
    const code = name.charCodeAt(at);
    const after: number[] = [];
    for (const index of now) {
      const step = program[index];
      if (step?.kind === 'one' && step.of[code] === true) after.push(index + 1);
    }
    now = reach(program, after, name, at + 1);
  }
  return now.has(program.length);
}

function reach(program: readonly Step[], from: readonly number[], name: string, at: number): ReadonlySet<number> {
  const reached = new Set<number>();
  const waiting = [...from];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const step = program[index];
    if (step?.kind === 'jump') waiting.push(index + step.by);
    else if (step?.kind === 'also') waiting.push(index + 1, index + step.by);
    else if (step?.kind === 'assert' && holds(step.that, name, at)) waiting.push(index + 1);
  }
  return reached;
}

function holds(that: Assertion, name: string, at: number): boolean {
  switch (that) {
    case 'start':
      return at === 0;
    case 'end':
      return at === name.length;
    case 'boundary':
      return isWord(name[at - 1]) !== isWord(name[at]);
    case 'within':
      return isWord(name[at - 1]) === isWord(name[at]);
  }
}
