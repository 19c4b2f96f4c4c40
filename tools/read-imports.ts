/** What a source file imports, and its text without comments: enough of the language for files that are formatted. */

export interface Import {
  readonly from: string;
  /** Gone when compiled. */
  readonly typeOnly: boolean;
}

/** Comments are blanked, and so is a type-only import; strings and templates stay. */
export function codeOf(text: string): string {
  return withoutComments(text).replace(/^import type [^;]*;/gm, '');
}

export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  for (const match of code.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)) {
    found.push({ from: match[2] ?? '', typeOnly: match[1] !== undefined || isAllTypes(match[0]) });
  }
  for (const match of code.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g))
    found.push({ from: match[1] ?? '', typeOnly: false });
  return found;
}

/** `import { type A, type B } from …`: nothing is left of its names. */
function isAllTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/.exec(statement)?.[1];
  if (names === undefined) return false;
  const each = names.split(',').map((name) => name.trim());
  return each.filter((name) => name !== '').every((name) => name.startsWith('type '));
}

function withoutComments(text: string): string {
  return text.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token),
  );
}
