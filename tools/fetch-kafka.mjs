/**
 * Brings Apache Kafka's jars for tests and benchmarks into a cache outside git, with Maven:
 *   node tools/fetch-kafka.mjs [version …]      default: both versions that klink is tested with
 * Prints the folder of each version. The folder is complete or not there: it is filled beside its place and renamed.
 * KLINK_KAFKA_CACHE, or else $XDG_CACHE_HOME/klink/kafka, or else ~/.cache/klink/kafka holds `<version>/libs/*.jar`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const KAFKA_VERSIONS = ['4.3.0', '3.9.1'];
const FETCH_TIMEOUT_MS = 600_000;
const LOCK_ASK_EVERY_MS = 250;

/** Where the jars of a version are, or will be. */
export function kafkaFolder(version) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(process.env.KLINK_KAFKA_CACHE || join(cache, 'klink', 'kafka'), version);
}

/** Why Apache Kafka cannot be fetched or run here, in one line; undefined when it can. */
export function kafkaObstacle(versions = KAFKA_VERSIONS) {
  if (!runs('java', ['-version'])) return 'Apache Kafka needs Java 17 or newer: no `java` on the PATH';
  if (versions.every((version) => existsSync(kafkaFolder(version)))) return undefined;
  if (!runs('mvn', ['-version'])) return "Apache Kafka's jars are fetched with Maven: no `mvn` on the PATH";
  return undefined;
}

/** Gives the version's folder. Throws an error of one line when it cannot be had. */
export async function fetchKafka(version) {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`not a version of Apache Kafka: ${version}`);
  const folder = kafkaFolder(version);
  if (existsSync(folder)) return folder;
  const obstacle = kafkaObstacle([version]);
  if (obstacle) throw new Error(obstacle);
  mkdirSync(join(folder, '..'), { recursive: true });
  const unlock = await lock(`${folder}.lock`);
  const partial = `${folder}.partial-${process.pid}`;
  try {
    if (existsSync(folder)) return folder;
    mkdirSync(partial, { recursive: true });
    writeFileSync(join(partial, 'pom.xml'), pom(version));
    const { status, error, stdout, stderr } = spawnSync(
      'mvn',
      ['-q', '-B', '-f', join(partial, 'pom.xml'), 'dependency:copy-dependencies', '-DoutputDirectory=libs'],
      { cwd: partial, encoding: 'utf8', timeout: FETCH_TIMEOUT_MS },
    );
    if (status !== 0) {
      const said = `${stdout}${stderr}`.split('\n').find((line) => line.includes('ERROR')) ?? String(error ?? status);
      throw new Error(`Maven could not fetch Apache Kafka ${version}: ${said.trim()}`);
    }
    renameSync(partial, folder);
    return folder;
  } finally {
    rmSync(partial, { recursive: true, force: true });
    unlock();
  }
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** One fetcher at a time; a lock left by a dead one is taken over. */
async function lock(path) {
  const end = performance.now() + FETCH_TIMEOUT_MS;
  while (performance.now() < end) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isHeld(path)) rmSync(path, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, LOCK_ASK_EVERY_MS));
  }
  throw new Error(`another process has been fetching for too long: ${path}`);
}

function isHeld(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Empty for a moment between its creation and its first byte.
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function pom(version) {
  const kafka = ['kafka_2.13', 'kafka-tools', 'connect-mirror', 'connect-runtime'];
  // Version 4 logs with Log4j 2; version 3 with reload4j.
  const logging = version.startsWith('3.')
    ? [['org.slf4j', 'slf4j-reload4j', '1.7.36']]
    : [
        ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.1'],
        ['org.apache.logging.log4j', 'log4j-core', '2.25.1'],
      ];
  const dependencies = [...kafka.map((name) => ['org.apache.kafka', name, version]), ...logging].map(
    ([group, name, wanted]) =>
      `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${wanted}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>klink</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>${version}</version>
  <packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const wanted = process.argv.slice(2);
  try {
    for (const version of wanted.length > 0 ? wanted : KAFKA_VERSIONS) console.log(await fetchKafka(version));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
