/**
 * Writes docs/spec/clients-matrix.md from the rows of test/clients themselves:
 *   node dist/tools/write-clients-matrix.js            writes it
 *   node dist/tools/write-clients-matrix.js --check    fails where the committed page is not what would be written
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { clients } from '../test/clients/clients.js';
import { type Cannot, type ClientRow, cannot } from '../test/clients/row.js';
import { ADMIN_OPS } from '../test/clients/steps/admin.js';

export const CLIENTS_PAGE = join('docs', 'spec', 'clients-matrix.md');

interface Step {
  readonly name: string;
  readonly what: string;
  cell(row: ClientRow, footnote: (reason: string) => string): string;
}

const plain = (cell: 'works' | Cannot, footnote: (reason: string) => string): string =>
  cannot(cell) ? `no ${footnote(cell.cannot)}` : 'yes';

const STEPS: readonly Step[] = [
  {
    name: 'produce and consume',
    what: 'acks=all; every key, value, header, timestamp and offset is compared; what is compressed is seen in the batches',
    cell: ({ steps }, footnote) => {
      const { compressions, repeatedHeaders } = steps.produce;
      const headers = cannot(repeatedHeaders) ? ` ${footnote(repeatedHeaders.cannot)}` : '';
      return `${compressions.join(', ')}${headers}`;
    },
  },
  {
    name: 'idempotent',
    what: 'the same with sequence numbers',
    cell: ({ steps }, footnote) => plain(steps.produce.idempotent, footnote),
  },
  {
    name: 'group, classic',
    what: 'two members share the partitions, one leaves, the other takes over, a third goes on behind what was committed',
    cell: ({ steps }, footnote) => plain(steps.groups.classic, footnote),
  },
  {
    name: 'group, KIP-848',
    what: 'the same by the newer protocol, on a broker that advertises ConsumerGroupHeartbeat',
    cell: ({ steps }, footnote) => plain(steps.groups.consumer, footnote),
  },
  {
    name: 'transactions',
    what: 'committed and aborted ones; a read_committed reader sees the committed, another one all',
    cell: ({ steps }, footnote) => plain(steps.transactions, footnote),
  },
  {
    name: 'consume, transform, produce',
    what: 'with the offsets in the transaction, one of which is aborted; each record once at the end',
    cell: ({ steps }, footnote) => plain(steps.transform, footnote),
  },
  {
    name: 'admin',
    what: ADMIN_OPS.join(', '),
    cell: ({ steps }, footnote) => {
      const missing = Object.entries(steps.admin.not);
      if (missing.length === 0) return 'all';
      return `without ${missing.map(([op, reason]) => `${op} ${footnote(reason)}`).join(', ')}`;
    },
  },
  {
    name: 'logins',
    what: 'each with and without TLS (its own authority); wrong passwords and an authority of somebody else are refused',
    cell: ({ steps }, footnote) =>
      Object.entries(steps.logins)
        .map(([name, cell]) => (cannot(cell) ? `not ${name} ${footnote(cell.cannot)}` : name))
        .join(', '),
  },
  {
    name: 'restart',
    what: 'the broker is killed with -9 and started again on its port while the client writes and a member reads: what was acknowledged is there, where it was said, nothing twice where the producer is idempotent, and the member reads all of it',
    cell: ({ steps }, footnote) => plain(steps.restart, footnote),
  },
];

export function clientsPage(rows: readonly ClientRow[] = clients): string {
  const reasons: string[] = [];
  const footnote = (reason: string): string => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return `(${reasons.indexOf(reason) + 1})`;
  };
  const titles = rows.map((row) => `${row.name} ${row.version}`);
  const matrix = STEPS.map((step) => [step.name, ...rows.map((row) => step.cell(row, footnote))]);
  const notes = rows.flatMap((row, i) => (row.notes ?? []).map((note) => `- ${titles[i]}: ${note}`));
  return `# Real clients

Written by \`tools/write-clients-matrix.ts\` from the rows of \`test/clients\`. Each cell is a test that runs against the embedded
broker in \`npm test\`, and against Apache Kafka 4.3.0 and 3.9.1 in \`npm run test:nightly\`: there the same is expected, so a
difference is a bug of the embedded broker. The clients are programs of their own, in their own languages
(\`test/clients/README.md\` says what they are asked); what is right is decided outside of them, from records of a seed.

${table(
  ['client', 'runs on'],
  rows.map((row, i) => [titles[i] ?? '', row.runtime]),
)}

${table(['step', ...titles], matrix)}
${reasons.length === 0 ? '' : `\n${reasons.map((reason, i) => `(${i + 1}) ${reason}`).join('\n')}\n`}
What a step asks for:

${table(
  ['step', 'what'],
  STEPS.map(({ name, what }) => [name, what]),
)}
${notes.length === 0 ? '' : `\nWhat the matrix keeps out of these clients' way, on every broker:\n\n${notes.join('\n')}\n`}
\`test/clients/captures\` has frames of these clients and of both versions' brokers as they were
(\`tools/record-captures.ts\`); \`test/sim/captures.test.ts\` reads them by klink's tables and writes them again, byte for byte.
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Undefined: the page is what the rows say. */
export function staleness(root: string): string | undefined {
  const page = readFileSync(join(root, CLIENTS_PAGE), 'utf8');
  return page === clientsPage()
    ? undefined
    : `${CLIENTS_PAGE} is not what the rows say: node dist/tools/write-clients-matrix.js`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--check')) {
    const stale = staleness(process.cwd());
    if (stale !== undefined) {
      console.error(stale);
      process.exitCode = 1;
    }
  } else writeFileSync(CLIENTS_PAGE, clientsPage());
}
