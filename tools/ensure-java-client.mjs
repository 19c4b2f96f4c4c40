/**
 * Compiles the program of the Java clients, test/clients/java, in a cache outside git:
 *   node tools/ensure-java-client.mjs      prints the folder of its classes
 * Against the older jars; it runs with each. A folder per content of the sources.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheRoot, filledOnce } from './cached-folder.mjs';
import { fetchKafka, javacObstacle } from './fetch-kafka.mjs';

const sources = fileURLToPath(new URL('../test/clients/java/', import.meta.url));
const COMPILED_AGAINST = '3.9.1';
/** Nothing else is used: javac reads what it is given. */
const USED = /^(kafka-clients|jackson-(core|databind|annotations))-/;
const COMPILE_TIMEOUT_MS = 120_000;

/** Gives the folder of the classes. Throws an error of one line when they cannot be had. */
export async function ensureJavaClient() {
  const obstacle = javacObstacle();
  if (obstacle) throw new Error(obstacle);
  const files = readdirSync(sources).filter((name) => name.endsWith('.java'));
  const hash = createHash('sha256').update(COMPILED_AGAINST);
  for (const file of files) hash.update(file).update(readFileSync(join(sources, file)));
  const libs = join(await fetchKafka(COMPILED_AGAINST), 'libs');
  const jars = readdirSync(libs).filter((name) => USED.test(name));
  return filledOnce(join(cacheRoot(), 'java', hash.digest('hex').slice(0, 16)), (directory) => {
    const flags = ['-Xlint:all,-serial,-path,-classfile,-processing', '-Werror', '-proc:none', '-d', directory];
    const classpath = jars.map((name) => join(libs, name)).join(':');
    const args = [...flags, '-cp', classpath, ...files.map((file) => join(sources, file))];
    const { status, stderr, error } = spawnSync('javac', args, { encoding: 'utf8', timeout: COMPILE_TIMEOUT_MS });
    if (status !== 0) throw new Error(`no client in Java: ${stderr?.trim() || error}`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await ensureJavaClient());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
