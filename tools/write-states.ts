/**
 * Writes docs/spec/states.md from the tables of `src/model`, so that the page cannot say anything else than the code does.
 *   node dist/tools/write-states.js            writes it
 *   node dist/tools/write-states.js --check    fails where the committed page is not what would be written
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { errorTable } from '../src/model/errors.js';
import { linkStateTable, statusTable, topicErrorTable } from '../src/model/projection.js';
import { type Cell, linkTable, mirrorTable, stepTable } from '../src/model/transitions.js';

export const STATES_PAGE = join('docs', 'spec', 'states.md');

/** `ACTIVE` → where it goes; a refusal by its code. */
function cellText(cell: Cell<string>): string {
  if ('next' in cell) return `**${cell.next}**`;
  return cell.refused === 'NOT_APPLICABLE' ? '–' : cell.refused;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** States as columns, events as rows. */
function transitions(states: Readonly<Record<string, Readonly<Record<string, Cell<string>>>>>): string {
  const names = Object.keys(states);
  const events = Object.keys(Object.values(states)[0] ?? {});
  const cell = (name: string, event: string) => {
    const found = states[name]?.[event];
    return found === undefined ? '' : cellText(found);
  };
  return table(
    ['', ...names],
    events.map((event) => [event, ...names.map((name) => cell(name, event))]),
  );
}

function projected(byLink: (typeof statusTable)[keyof typeof statusTable], link: keyof typeof linkStateTable): string {
  const { reachable, unavailable } = byLink[link];
  return reachable === unavailable ? reachable : `${reachable}; source away: ${unavailable}`;
}

export function statesPage(): string {
  const linkKinds = Object.keys(linkStateTable) as (keyof typeof linkStateTable)[];
  const escaped = (text: string) => text.replaceAll('|', '\\|');
  const parts = [
    `# States

Written by \`tools/write-states.ts\` from \`src/model\`; edit the tables there.

Decided states stand in the journal. For every state and every event there is a cell: the **next state**, or the error that
refuses it (–: it cannot come up there; NOT_APPLICABLE, a fault, if it does). What is observed (whether a source answers) is no event and decides nothing; it is joined with the decided
state only for showing.

## Mirror topics
`,
    transitions(mirrorTable),
    '\n`removed`: nothing is left of it in the journal.\n\n## The steps of STOPPING (§8)\n',
    transitions(stepTable),
    `
Until the ends are journalled (settling, proving) a partition that fails still counts. A promotion goes back to copying only
from there, and not once a barrier may stand in a log.

## Links
`,
    transitions(linkTable),
    '\n`mirror-added` is no event of its own: may a mirror be created on it?\n\n## What is shown as `mirror_status`\n',
    table(
      ['mirror', ...linkKinds.map((kind) => `link ${kind}`)],
      Object.entries(statusTable).map(([kind, row]) => [kind, ...linkKinds.map((link) => projected(row, link))]),
    ),
    '\nA source counts as away when it has not answered for five minutes.\n\n## What is shown as `link_state`\n',
    table(
      ['link', 'source answers', 'source away'],
      Object.entries(linkStateTable).map(([kind, row]) => [kind, row.reachable, row.unavailable]),
    ),
    '\n## What is shown as `mirror_topic_error`\n',
    table(
      ['a partition failed by', 'shown'],
      Object.entries(topicErrorTable).map(([reason, shown]) => [reason, shown]),
    ),
    '\n## Refusals\n',
    table(
      ['reason', 'HTTP', '`error_code`', 'again may help', 'what to do'],
      Object.entries(errorTable).map(([reason, row]) => [
        reason,
        String(row.status),
        String(row.errorCode),
        row.retriable ? 'yes' : '',
        escaped(row.advice),
      ]),
    ),
  ];
  return `${parts.join('\n')}\n`;
}

/** Undefined: the page is what the tables say. */
export function staleness(root: string): string | undefined {
  const page = readFileSync(join(root, STATES_PAGE), 'utf8');
  return page === statesPage()
    ? undefined
    : `${STATES_PAGE} is not what the tables say: node dist/tools/write-states.js`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--check')) {
    const stale = staleness(process.cwd());
    if (stale) {
      console.error(stale);
      process.exitCode = 1;
    }
  } else writeFileSync(STATES_PAGE, statesPage());
}
