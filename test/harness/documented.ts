/**
 * Is an answer of klink's REST one that docs/openapi.json promises: its status for this operation, its media type, its body
 * by the schema. Used by everything that asks in tests; knows nothing of the code that answers.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { packageRoot } from './package-root.js';

export interface SeenAnswer {
  readonly method: string;
  /** With or without query. */
  readonly path: string;
  readonly status: number;
  readonly mediaType: string | null;
  readonly text: string;
}

interface ResponseObject {
  readonly $ref?: string;
  readonly content?: unknown;
}

export interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: 'path' | 'query';
    readonly required: boolean;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: JsonSchema } } };
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly security?: readonly unknown[];
}

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly [keyword: string]: unknown;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
  };
}

const ID = 'klink';
const PROBLEM = '/components/schemas/Problem';
/** Nobody needs to list these: any operation may say so, and a path without operation says nothing else. */
const ALWAYS = new Set([401, 405]);

export const openApi = JSON.parse(readFileSync(join(packageRoot, 'docs', 'openapi.json'), 'utf8')) as OpenApi;
const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
ajv.addSchema({ $id: ID, ...openApi }, ID, true, false);
const validators = new Map<string, ValidateFunction>();

/** Undefined: it is. Otherwise what is wrong with it. */
export function undocumented(seen: SeenAnswer): string | undefined {
  const wrong = whatIsWrong(seen);
  if (wrong === undefined) return undefined;
  return `${seen.method} ${seen.path}: ${seen.status} is not as docs/openapi.json says: ${wrong}: ${seen.text.slice(0, 2_000)}`;
}

function whatIsWrong(seen: SeenAnswer): string | undefined {
  const found = pathsOf(seen.path);
  const template = found.find((each) => openApi.paths[each]?.[seen.method.toLowerCase()]);
  if (template === undefined) {
    const expected = found.length === 0 ? 404 : 405;
    if (seen.status !== expected && seen.status !== 401) return `no such operation, so ${expected} was expected`;
    return mismatch(seen, PROBLEM);
  }
  const method = seen.method.toLowerCase();
  const response = openApi.paths[template]?.[method]?.responses[String(seen.status)];
  if (response === undefined) return ALWAYS.has(seen.status) ? mismatch(seen, PROBLEM) : 'no such status is listed';
  if (response.$ref !== undefined) return mismatch(seen, PROBLEM);
  if (response.content === undefined) return seen.text === '' ? undefined : 'a body where none is promised';
  const steps = ['paths', template, method, 'responses', seen.status, 'content', 'application/json', 'schema'];
  return mismatch(seen, steps.map((step) => `/${pointer(String(step))}`).join(''));
}

function mismatch({ mediaType, text }: SeenAnswer, at: string): string | undefined {
  if (mediaType?.split(';')[0] !== 'application/json') return `media type ${mediaType}`;
  let values: readonly unknown[];
  try {
    values = valuesOf(text);
  } catch {
    return 'no JSON';
  }
  let validate = validators.get(at);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `${ID}#${encodeURI(at)}` });
    validators.set(at, validate);
  }
  for (const value of values) if (!validate(value)) return ajv.errorsText(validate.errors, { dataVar: '' });
  return undefined;
}

/** One, or of a sequence one on each line: no other answer of klink's has lines. */
function valuesOf(text: string): readonly unknown[] {
  return text.split('\n').map((line) => JSON.parse(line) as unknown);
}

function pointer(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

const patterns = Object.keys(openApi.paths)
  // What has fewer parameters is meant where two fit.
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => [path, new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)] as const);

/** The paths of the document that fit, the most particular one first. */
function pathsOf(asked: string): readonly string[] {
  const path = (asked.split('?')[0] ?? '').replace(/\/$/, '').replace(/^\/v3(?=\/)/, '/kafka/v3');
  return patterns.filter(([, pattern]) => pattern.test(path)).map(([found]) => found);
}

/** Throws where an answer is not as documented. */
export async function demandDocumented(method: string, url: string, response: Response): Promise<void> {
  const { pathname, search } = new URL(url);
  const wrong = undocumented({
    method,
    path: `${pathname}${search}`,
    status: response.status,
    mediaType: response.headers.get('content-type'),
    text: await response.clone().text(),
  });
  if (wrong !== undefined) throw new Error(wrong);
}
