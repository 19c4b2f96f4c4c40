/**
 * MirrorMaker 2 of the same release in dedicated mode, tuned for throughput; topics keep their names. It compresses again
 * what was compressed at the source, so that both copies take the same room.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaHome } from '../test/harness/kafka-home.js';
import { JavaProcess } from '../test/harness/kafka-process.js';
import { FULL_SPEED } from './clusters.js';
import type { Running, Task } from './copier.js';

const HEAP = '-Xmx2g';

export async function startMirrorMaker({ source, destination, topic, paced, load }: Task): Promise<Running> {
  const { libs } = await kafkaHome(source.version);
  const directory = mkdtempSync(join(tmpdir(), 'klink-bench-mm2-'));
  const settings: Record<string, string> = {
    clusters: 'source,target',
    'source.bootstrap.servers': source.plaintext,
    'target.bootstrap.servers': destination.plaintext,
    'source->target.enabled': 'true',
    'source->target.topics': `${topic.name},${paced.name}`,
    'target->source.enabled': 'false',
    'replication.policy.class': 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy',
    'tasks.max': '4',
    // Finds its plug-ins at once rather than by reading every class.
    'plugin.discovery': 'service_load',
    'sync.topic.acls.enabled': 'false',
    'target.producer.batch.size': '262144',
    'target.producer.linger.ms': '20',
    'target.producer.acks': 'all',
    'target.producer.compression.type': load.codec,
  };
  for (const prefix of ['source.', 'source->target.']) {
    settings[`${prefix}consumer.max.partition.fetch.bytes`] = '2097152';
    settings[`${prefix}consumer.max.poll.records`] = '20000';
    settings[`${prefix}consumer.auto.offset.reset`] = 'earliest';
  }
  for (const name of ['', 'checkpoints.topic.', 'heartbeats.topic.', 'offset-syncs.topic.', 'offset.storage.']) {
    settings[`${name}replication.factor`] = '1';
  }
  for (const name of ['status.storage.', 'config.storage.']) settings[`${name}replication.factor`] = '1';
  const file = join(directory, 'mm2.properties');
  writeFileSync(file, propertiesText(settings));
  const logging = join(directory, 'log4j2.properties');
  writeFileSync(logging, LOGGING);
  const java = new JavaProcess({
    what: 'MirrorMaker 2',
    classpath: join(libs, '*'),
    flags: [...FULL_SPEED, HEAP, `-Dlog4j2.configurationFile=file:${logging}`],
    main: ['org.apache.kafka.connect.mirror.MirrorMaker', file],
    directory,
    litter: directory,
  });
  java.start();
  return {
    pid: java.pid,
    log: () => java.log(),
    stop: async () => {
      await java.end('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A name may hold `>`, which is fine, and `:` or `=`, which is not: none here does. */
function propertiesText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const LOGGING = `rootLogger.level = warn
rootLogger.appenderRef.out.ref = OUT
appender.out.type = Console
appender.out.name = OUT
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ABSOLUTE} %p %c %m%n
`;
