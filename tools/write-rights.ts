/** Writes docs/spec/rights.md from `model/rights.ts`; `src/model/rights.test.ts` sees to it that the page is what it would write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { engineRights, linkRights, markerRightUntil37, type Right } from '../src/model/rights.js';

export const RIGHTS_PAGE = 'docs/spec/rights.md';

export function rightsPage(): string {
  return `# §10 Rights: what klink's principals need

Generated from \`src/model/rights.ts\` by \`tools/write-rights.ts\`, which the messages come from as well. Each line is tested by
taking it away: what needs it says so by name, and goes on once it is given back.

## 10.1 At the source, the principal that a link logs in as

${table(linkRights)}

READ stands for DESCRIBE of topics and groups, as Kafka has it. Missing: \`mirror create\` and the mirror name the topic and the
right; the tasks ConsumerOffsetSync and AclSync name theirs. A topic that may only be described is refused, not left to fail later.

## 10.2 At the destination, klink's own principal

A super user needs nothing else (fence mode 1), and is the better choice ([fence](fence.md) 6.6). Any other needs (mode 2):

${table(engineRights)}

\`link create\` asks the cluster for each of them and names what is missing; nothing is created then.

## 10.3 Kafka 3.7 and before

${table([markerRightUntil37])}
`;
}

function table(rights: readonly Right[]): string {
  const rows = rights.map(({ operation, resource, name, prefixed, need }) => {
    const on = `${resource} ${prefixed ? `${name} (prefix)` : name}`;
    return `| ${operation} | ${on.replaceAll('*', '\\*')} | ${need} |`;
  });
  return ['| right | on | for |', '|---|---|---|', ...rows].join('\n');
}

/** Undefined: the page is what the constants say. */
export function staleness(root: string): string | undefined {
  const page = readFileSync(join(root, RIGHTS_PAGE), 'utf8');
  return page === rightsPage()
    ? undefined
    : `${RIGHTS_PAGE} is not what src/model/rights.ts says: node dist/tools/write-rights.js`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(RIGHTS_PAGE, rightsPage());
