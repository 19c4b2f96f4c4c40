/**
 * The second half of `npm run build`: puts the modules of a broker into a few files, because Node takes longer to find and
 * read two hundred of them than to run them. Writes over the two entry points that tsc has just written: whoever runs tsc
 * afterwards has single modules again, and no bundle that is older than they are. Packages stay outside. Decision 28.
 *   node dist/tools/bundle.js
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../test/harness/package-root.js';

/** What is used of esbuild here. Its own types would be needed to compile klink, by all who build no bundle. */
interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<{
    readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[];
    readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> };
  }>;
}

// Cast: what a package exports is not known to `require`.
const { build } = createRequire(import.meta.url)('esbuild') as Esbuild;
const src = join(packageRoot, 'dist', 'src');
const ENTRY_POINTS = ['broker.js', 'embedded.js'];
/** Holds what both entry points need, and what is imported later: each module stands in one file. */
const SHARED = 'bundle';

const { outputFiles, metafile } = await build({
  absWorkingDir: src,
  entryPoints: ENTRY_POINTS,
  outdir: '.',
  chunkNames: `${SHARED}/[name]-[hash]`,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  // Not made smaller, which gains nothing that can be measured: stacks have the names of the source.
  minify: false,
  sourcemap: true,
  allowOverwrite: true,
  write: false,
  metafile: true,
});

// Who comes again without tsc in between finds the entry points as they are to be.
const isDone = Object.keys(metafile.inputs).some((path) => path.startsWith(`${SHARED}/`));
if (!isDone) {
  rmSync(join(src, SHARED), { recursive: true, force: true });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
}
