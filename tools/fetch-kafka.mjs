/**
 * Brings Apache Kafka's jars for tests and benchmarks into a cache outside git, with Maven:
 *   node tools/fetch-kafka.mjs [version …]      default: both versions that klink is tested with
 * Prints the folder of each version, and without one named that of Kafka Streams. KLINK_KAFKA_CACHE, or else $XDG_CACHE_HOME/klink/kafka, or else
 * ~/.cache/klink/kafka holds `<version>/libs/*.jar`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheRoot, filledOnce } from './cached-folder.mjs';

export const KAFKA_VERSIONS = ['4.3.0', '3.9.1'];
const FETCH_TIMEOUT_MS = 600_000;

/** Where the jars of a version are, or will be. */
export function kafkaFolder(version) {
  return join(process.env.KLINK_KAFKA_CACHE || join(cacheRoot(), 'kafka'), version);
}

/** Why Apache Kafka cannot be fetched or run here, in one line; undefined when it can. */
export function kafkaObstacle(versions = KAFKA_VERSIONS) {
  if (!runs('java', ['-version'])) return 'Apache Kafka needs Java 17 or newer: no `java` on the PATH';
  if (versions.every((version) => existsSync(kafkaFolder(version)))) return undefined;
  if (!runs('mvn', ['-version'])) return "Apache Kafka's jars are fetched with Maven: no `mvn` on the PATH";
  return undefined;
}

/** Why no program can be compiled that uses those jars, in one line; undefined when one can. */
export function javacObstacle() {
  return runs('javac', ['-version'])
    ? undefined
    : 'the Java clients are compiled: no `javac` of Java 17 or newer on the PATH';
}

/** Gives the version's folder. Throws an error of one line when it cannot be had. */
export async function fetchKafka(version) {
  if (!/^\d+\.\d+\.\d+$/.test(version)) throw new Error(`not a version of Apache Kafka: ${version}`);
  const obstacle = kafkaObstacle([version]);
  if (obstacle) throw new Error(obstacle);
  return filled(kafkaFolder(version), `Apache Kafka ${version}`, pom('kafka-for-tests', version, ofKafka(version)));
}

/** Kafka Streams alone, to be used with the jars of the same version: its store on disk is 70 MB that no test needs. */
export async function fetchStreams(version) {
  await fetchKafka(version);
  const only = { group: 'org.apache.kafka', name: 'kafka-streams', version, alone: true };
  return filled(
    `${kafkaFolder(version)}-streams`,
    `Kafka Streams ${version}`,
    pom('streams-for-tests', version, [only]),
  );
}

function filled(folder, what, text) {
  return filledOnce(folder, (directory) => {
    writeFileSync(join(directory, 'pom.xml'), text);
    const { status, error, stdout, stderr } = spawnSync(
      'mvn',
      ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=libs'],
      { cwd: directory, encoding: 'utf8', timeout: FETCH_TIMEOUT_MS },
    );
    if (status === 0) return;
    const said = `${stdout}${stderr}`.split('\n').find((line) => line.includes('ERROR')) ?? String(error ?? status);
    throw new Error(`Maven could not fetch ${what}: ${said.trim()}`);
  });
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function ofKafka(version) {
  const kafka = ['kafka_2.13', 'kafka-tools', 'connect-mirror', 'connect-runtime'];
  // Version 4 logs with Log4j 2; version 3 with reload4j.
  const logging = version.startsWith('3.')
    ? [['org.slf4j', 'slf4j-reload4j', '1.7.36']]
    : [
        ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.1'],
        ['org.apache.logging.log4j', 'log4j-core', '2.25.1'],
      ];
  return [...kafka.map((name) => ['org.apache.kafka', name, version]), ...logging].map(([group, name, wanted]) => ({
    group,
    name,
    version: wanted,
  }));
}

function pom(id, version, dependencies) {
  const lines = dependencies.map(({ group, name, version: wanted, alone }) => {
    const rest = alone
      ? '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>'
      : '';
    const which = `<groupId>${group}</groupId><artifactId>${name}</artifactId><version>${wanted}</version>`;
    return `    <dependency>${which}${rest}</dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>klink</groupId>
  <artifactId>${id}</artifactId>
  <version>${version}</version>
  <packaging>pom</packaging>
  <dependencies>
${lines.join('\n')}
  </dependencies>
</project>
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const wanted = process.argv.slice(2);
  try {
    for (const version of wanted.length > 0 ? wanted : KAFKA_VERSIONS) console.log(await fetchKafka(version));
    if (wanted.length === 0) console.log(await fetchStreams(KAFKA_VERSIONS[0]));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
