/**
 * Writes docs/openapi.json from the table of operations, and their list into docs/spec/rest.md, so that neither can say
 * anything else than the server does.
 *   node dist/tools/write-openapi.js            writes them
 *   node dist/tools/write-openapi.js --check    fails where what is committed is not what would be written
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openApiDocument } from '../src/api/openapi.js';
import { BASES, type Operation } from '../src/api/operation.js';
import { operations } from '../src/api/operations.js';

export const OPENAPI_FILE = join('docs', 'openapi.json');
export const REST_PAGE = join('docs', 'spec', 'rest.md');
const FROM = '<!-- written by tools/write-openapi.ts, from here -->\n';
const TO = '<!-- to here -->\n';

function openApiFile(): string {
  return `${JSON.stringify(openApiDocument(operations), null, 1)}\n`;
}

function row({ method, base, path, query, summary }: Operation): string {
  const parameters = Object.keys(query?.shape ?? {}).map((name) => `\`${name}\``);
  const short = `${BASES[base][0]}${path}`.replace('/kafka/v3/clusters/{cluster_id}', '{c}');
  const cells = [`${method.toUpperCase()} \`${short}\``, parameters.join(', '), summary];
  return `| ${cells.join(' | ')} |`;
}

/** The page with the list of today in it. */
function restPage(page: string): string {
  const [before, rest] = page.split(FROM);
  const after = rest?.split(TO)[1];
  if (before === undefined || after === undefined) throw new Error(`${REST_PAGE} has lost the marks of the list`);
  const list = ['| method and path | query | what |', '|---|---|---|', ...operations.map(row)].join('\n');
  return `${before}${FROM}\n${list}\n\n${TO}${after}`;
}

/** What is committed and is not what would be written. */
export function stale(root: string): readonly string[] {
  const file = readFileSync(join(root, OPENAPI_FILE), 'utf8');
  const page = readFileSync(join(root, REST_PAGE), 'utf8');
  return [...(file === openApiFile() ? [] : [OPENAPI_FILE]), ...(page === restPage(page) ? [] : [REST_PAGE])];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--check')) {
    for (const file of stale(process.cwd())) {
      console.error(`${file} is not what the table of operations says: node dist/tools/write-openapi.js`);
      process.exitCode = 1;
    }
  } else {
    writeFileSync(OPENAPI_FILE, openApiFile());
    writeFileSync(REST_PAGE, restPage(readFileSync(REST_PAGE, 'utf8')));
  }
}
