/** What the schemas of all answers and bodies share: the published envelopes, and integers wider than a double. */
import { z } from 'zod';

/** A bigint here, a JSON number written in full on the wire. */
export const int64 = z.custom<bigint | number>().meta({ type: 'integer', format: 'int64' });

/** One of these words as published. Open for the compiler: where the word comes from has its own type. */
export function word(words: readonly string[]) {
  return z.string().meta({ enum: [...words] });
}

export const related = z
  .strictObject({ related: z.string().describe('Address of the related object.') })
  .meta({ id: 'Related', description: 'Where a related object or list is found.' });

const metadata = z
  .strictObject({
    self: z.string().describe('Address of this object.'),
    resource_name: z.string().nullable().describe('Its name as a `crn://`.'),
  })
  .meta({ id: 'ResourceMetadata', description: 'Where an object is found, and its name.' });

const listMetadata = z
  .strictObject({
    self: z.string().describe('Address of this list.'),
    next: z.null().describe('Always null: lists come whole.'),
  })
  .meta({ id: 'ListMetadata', description: 'Where a list is found.' });

/** The published envelope of one object: its fields stand beside `kind` and `metadata`. */
export function resource<S extends z.ZodRawShape>(kind: string, description: string, shape: S) {
  return z.strictObject({ kind: kindOf(kind), metadata, ...shape }).meta({ id: kind, description });
}

/** The published envelope of a list. */
export function listOf<T extends z.ZodType>(kind: string, item: T) {
  const description = `A list of ${kind.replace(/List$/, '')}, whole.`;
  return z
    .strictObject({ kind: kindOf(kind), metadata: listMetadata, data: z.array(item).describe('In full.') })
    .meta({ id: kind, description });
}

function kindOf(kind: string) {
  return z.string().meta({ const: kind, description: 'What this is.' });
}

export const problem = z
  .strictObject({
    error_code: z.int().describe('The published code; docs/spec/rest.md lists them.'),
    message: z.string().describe('What is wrong, then what to do.'),
  })
  .meta({ id: 'Problem', description: 'Why a request was refused. A refusal has changed nothing.' });

/** A flag of the query: `true` or `false`; left out or empty, it is `otherwise`. */
export function flag(otherwise: boolean, description: string) {
  const error = (issue: { readonly input?: unknown }) => `it must be true or false, not "${issue.input}".`;
  return z
    .preprocess((text) => (text === '' ? undefined : toBoolean(text)), z.boolean({ error }).default(otherwise))
    .describe(description);
}

function toBoolean(text: unknown): unknown {
  if (text === 'true') return true;
  return text === 'false' ? false : text;
}

/** A word of the query that may be left out or empty. */
export function text(description: string) {
  return z.preprocess((given) => (given === '' ? undefined : given), z.string().optional()).describe(description);
}

/** The word that is meant, in any case; what is none of them stays as it was given. */
export function inAnyCase(words: readonly string[]): (given: unknown) => unknown {
  return (given) => words.find((each) => typeof given === 'string' && each === given.toUpperCase()) ?? given;
}
