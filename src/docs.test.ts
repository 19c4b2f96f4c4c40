/** README, ARCHITECTURE, CHANGELOG and the pages below docs: where they point there is something, a file or a heading of one. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../test/harness/package-root.js';

interface Page {
  /** From the root of the package. */
  readonly path: string;
  /** Without blocks of code. */
  readonly text: string;
}

const pages: readonly Page[] = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  ...readdirSync(join(packageRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
].map((path) => ({ path, text: withoutBlocks(readFileSync(join(packageRoot, path), 'utf8')) }));

function withoutBlocks(text: string): string {
  return text.replace(/^( *)(`{3,})[\s\S]*?^\1\2/gm, '');
}

/** The anchors that a forge makes of headings: of two alike the second ends in `-1`. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.+?) *#* *$/gm)) {
    const shown = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = shown.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    let free = anchor;
    for (let again = 1; anchors.has(free); again++) free = `${anchor}-${again}`;
    anchors.add(free);
  }
  return anchors;
}

/** Undefined: it leads somewhere. */
function broken({ path, text }: Page, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : relative('.', join(dirname(path), decodeURIComponent(file)));
  const lost = `${path}: ${link}`;
  if (file !== '' && !existsSync(join(packageRoot, target))) return lost;
  if (anchor === undefined) return undefined;
  const page = file === '' ? text : pages.find((each) => each.path === target)?.text;
  return page !== undefined && anchorsOf(page).has(anchor) ? undefined : lost;
}

function linksOf({ text }: Page): string[] {
  const inCode = text.replace(/`[^`\n]*`/g, '');
  const written = [...inCode.matchAll(/\]\(\s*<?([^)\s>]+)/g), ...inCode.matchAll(/^\[[^\]]+\]: *(\S+)/gm)];
  return written.map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));
}

test('every relative link of a page leads to a file, and to a heading where it names one', () => {
  const links = pages.flatMap((page) => linksOf(page).map((link) => broken(page, link)));
  assert.ok(links.length > pages.length, `only ${links.length} links were found`);
  assert.deepEqual(
    links.filter((each) => each !== undefined),
    [],
  );
});

test('every file and folder of ours that a page names is there', () => {
  const named = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:src|test|tools|bench|docs|bin)\/[\w./-]+)`/g)].map(([, file = '']) => ({ path, file })),
  );
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter(({ file }) => !existsSync(join(packageRoot, file))),
    [],
  );
});

test('a link that leads nowhere is noticed: a missing file, a missing heading, a heading of another page', () => {
  const page = { path: 'docs/a.md', text: '# One\n## Two: `x`, y\n## One\n' };
  const lost = (link: string) => broken(page, link) !== undefined;
  assert.deepEqual(
    ['#one', '#two-x-y', '#one-1', 'spec/cli.md#1-rules', '../README.md'].map(lost),
    Array(5).fill(false),
  );
  assert.deepEqual(['#three', 'no.md', 'spec/cli.md#rules', '../docs'].map(lost), [true, true, true, false]);
  assert.deepEqual(linksOf({ path: '', text: '[a](b.md) `[c](d.md)` ![e](f.svg) [g](https://h) [i](<j.md>)' }), [
    'b.md',
    'f.svg',
    'j.md',
  ]);
});
