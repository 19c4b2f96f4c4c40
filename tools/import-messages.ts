/**
 * Converts Kafka's message definitions (facts inside the kafka-clients jar) into `src/protocol/api/*.ts`, in our own
 * form (decision 14). Run after choosing a newer Kafka:
 *   npm run build && node dist/tools/import-messages.js <kafka-clients.jar> <version> && npx biome check --write src
 * With `--check` it writes nothing and fails when the files are not what it would make. With `--covers` it asks of another
 * release's jar whether every API and version there has the same fields in ours (`covered-releases.ts`).
 * Takes every API that brokers serve to clients, and the group protocol's inner messages. Comments are not taken over.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../test/harness/package-root.js';
import { notCovered } from './covered-releases.js';
import { bounds, type RawField, type RawMessage, structFields } from './raw-messages.js';
import { readZip } from './read-zip.js';

const INNER_MESSAGES = ['ConsumerProtocolSubscription', 'ConsumerProtocolAssignment'];

const target = join(packageRoot, 'src', 'protocol', 'api');

function main(): void {
  const words = process.argv.slice(2);
  const [jar, version] = words.filter((word) => !word.startsWith('--'));
  if (!jar || !version) throw new Error('usage: import-messages [--check] <kafka-clients.jar> <version>');
  if (words.includes('--covers')) {
    const missing = notCovered([...messagesOf(jar).values()], version);
    for (const line of missing) console.log(line);
    process.exitCode = missing.length === 0 ? 0 : 1;
    return;
  }
  const files = filesOf(jar, version);
  if (words.includes('--check')) {
    const differing = differences(files);
    for (const name of differing) console.log(`src/protocol/api/${name} is not what the jar gives`);
    process.exitCode = differing.length === 0 ? 0 : 1;
    return;
  }
  for (const name of readdirSync(target)) rmSync(join(target, name));
  for (const [name, text] of files) writeFileSync(join(target, name), text);
}

/** Every file of the folder by its name, not yet formatted. */
function filesOf(jar: string, version: string): Map<string, string> {
  const messages = messagesOf(jar);
  const files = new Map<string, string>();
  const names: string[] = [];
  for (const message of messages.values()) {
    if (message.type !== 'request' || !message.listeners?.includes('broker') || message.validVersions === 'none') {
      continue;
    }
    const base = message.name.replace(/Request$/, '');
    const response = messages.get(`${base}Response`);
    if (!response) throw new Error(`${message.name} has no response`);
    names.push(base);
    files.set(`${kebab(base)}.ts`, apiFile(base, message, response, version));
  }
  for (const name of INNER_MESSAGES) {
    const message = messages.get(name);
    if (!message) throw new Error(`${name} is missing`);
    files.set(`${kebab(name)}.ts`, messageFile(message, version));
  }
  files.set('all.ts', listFile(names.sort(), version));
  return files;
}

function messagesOf(jar: string): Map<string, RawMessage> {
  const messages = new Map<string, RawMessage>();
  for (const [path, bytes] of readZip(readFileSync(jar))) {
    if (!/^common\/message\/\w+\.json$/.test(path)) continue;
    const message = JSON.parse(bytes.toString('utf8').replace(/^\s*\/\/.*$/gm, '')) as RawMessage;
    messages.set(message.name, message);
  }
  return messages;
}

function differences(files: ReadonlyMap<string, string>): string[] {
  const there = new Set(readdirSync(target));
  const names = new Set([...there, ...files.keys()]);
  return [...names].filter((name) => {
    const made = files.get(name);
    return (
      made === undefined ||
      !there.has(name) ||
      unformatted(made) !== unformatted(readFileSync(join(target, name), 'utf8'))
    );
  });
}

/** Without what a formatter changes: white space, commas at an end, the order of imports. */
function unformatted(text: string): string {
  const imports = text.match(/^import .*$/gm) ?? [];
  const rest = text.replace(/^import .*$/gm, '');
  return [...imports.sort(), rest]
    .join('')
    .replace(/\s+/g, '')
    .replace(/,(?=[\]}])/g, '');
}

function banner(version: string): string {
  return `// Made by tools/import-messages.ts from the message definitions of Apache Kafka ${version}; do not edit.\n`;
}

function apiFile(base: string, request: RawMessage, response: RawMessage, version: string): string {
  const [min, max] = bounds(request.validVersions);
  const interfaces = [...interfacesOf(request), ...interfacesOf(response)];
  return `${banner(version)}import type { Api } from '../schema.js';

${interfaces.join('\n')}
export const ${camel(base)}: Api<${request.name}, ${response.name}> = {
  key: ${request.apiKey},
  name: '${base}',
  versions: { min: ${min}, max: ${max} },
  flexibleFrom: ${flexibleFrom(request)},
  request: ${fieldsLiteral(request.fields, request)},
  response: ${fieldsLiteral(response.fields, response)},
};
`;
}

function messageFile(message: RawMessage, version: string): string {
  const [min, max] = bounds(message.validVersions);
  return `${banner(version)}import type { Message } from '../schema.js';

${interfacesOf(message).join('\n')}
export const ${camel(message.name)}: Message<${message.name}> = {
  name: '${message.name}',
  versions: { min: ${min}, max: ${max} },
  flexibleFrom: ${flexibleFrom(message)},
  fields: ${fieldsLiteral(message.fields, message)},
};
`;
}

/** Every API in one list, for the generated round-trip tests and for the broker's table. */
function listFile(names: readonly string[], version: string): string {
  const imports = names.map((name) => `import { ${camel(name)} } from './${kebab(name)}.js';`).join('\n');
  return `${banner(version)}import type { Api } from '../schema.js';
${imports}

export const allApis = [
${names.map((name) => `  ${camel(name)},`).join('\n')}
] as unknown as readonly Api<unknown, unknown>[];
`;
}

/** One interface per struct, each named after the message and its own name: structs repeat between messages. */
function interfacesOf(message: RawMessage): string[] {
  const made = new Map<string, string>();
  const visit = (name: string, fields: readonly RawField[]): void => {
    if (made.has(name)) return;
    made.set(name, '');
    const lines = fields.map((field) => `  ${camel(field.name)}: ${typeOf(field, message, visit)};`);
    made.set(name, `export interface ${name} {\n${lines.join('\n')}\n}\n`);
  };
  visit(message.name, message.fields);
  return [...made.values()];
}

function typeOf(field: RawField, message: RawMessage, visit: (name: string, fields: readonly RawField[]) => void) {
  const array = field.type.startsWith('[]');
  const plain = array ? field.type.slice(2) : field.type;
  const inner = structFields(field, message);
  let type: string;
  if (inner) {
    type = `${message.name}${plain}`;
    visit(type, inner);
  } else {
    type = scalarType(plain);
  }
  const nullable = field.nullableVersions && field.nullableVersions !== 'none' ? ' | null' : '';
  return `${array ? `${type}[]` : type}${nullable}`;
}

function scalarType(type: string): string {
  switch (type) {
    case 'bool':
      return 'boolean';
    case 'int64':
      return 'bigint';
    case 'string':
    case 'uuid':
      return 'string';
    case 'bytes':
    case 'records':
      return 'Buffer';
    case 'int8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
    case 'float64':
      return 'number';
    default:
      throw new Error(`unknown type ${type}`);
  }
}

function fieldsLiteral(fields: readonly RawField[], message: RawMessage): string {
  return `[${fields.map((field) => fieldLiteral(field, message)).join(', ')}]`;
}

function fieldLiteral(field: RawField, message: RawMessage): string {
  const array = field.type.startsWith('[]');
  const inner = structFields(field, message);
  const type = inner ? 'struct' : field.type.replace('[]', '');
  const parts = [`name: '${camel(field.name)}'`, `type: '${type}'`];
  if (array) parts.push('array: true');
  parts.push(`versions: ${range(field.versions)}`);
  if (field.nullableVersions && field.nullableVersions !== 'none')
    parts.push(`nullable: ${range(field.nullableVersions)}`);
  if (field.tag !== undefined)
    parts.push(`tag: ${field.tag}`, `taggedVersions: ${range(field.taggedVersions ?? '0+')}`);
  const value = defaultLiteral(field, type);
  if (value !== undefined) parts.push(`default: ${value}`);
  if (inner) parts.push(`fields: ${fieldsLiteral(inner, message)}`);
  return `{ ${parts.join(', ')} }`;
}

function defaultLiteral(field: RawField, type: string): string | undefined {
  if (field.default === undefined) return undefined;
  const text = String(field.default);
  if (text === 'null') return 'null';
  switch (type) {
    case 'string':
      return text === '' ? undefined : JSON.stringify(text);
    case 'bool':
      return text === 'true' ? 'true' : undefined;
    case 'int64':
      return `${BigInt(text)}n`;
    default:
      return String(Number(text));
  }
}

function range(text: string): string {
  if (text === 'none') throw new Error('a field without versions');
  const [min, max] = bounds(text);
  return max === undefined ? `{ min: ${min} }` : `{ min: ${min}, max: ${max} }`;
}

function flexibleFrom(message: RawMessage): string {
  return message.flexibleVersions === 'none' ? 'undefined' : String(bounds(message.flexibleVersions)[0]);
}

function camel(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

main();
