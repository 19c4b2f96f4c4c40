/** The two clusters between which everything is copied: one node each, without replication, alike for all copiers. */
import { startKafka, type TestKafka } from '../test/harness/kafka.js';

export const VERSION = '4.3.0';

/** The harness starts Java for tests: quick to begin, slow at full load. Here it is the other way round. */
export const FULL_SPEED = ['-XX:TieredStopAtLevel=4', '-XX:-UseSerialGC', '-XX:+UseG1GC'];

export function startCluster(): Promise<TestKafka> {
  return startKafka({
    version: VERSION,
    flags: [...FULL_SPEED, '-Xmx1g'],
    config: { 'log.retention.ms': '-1', 'log.segment.bytes': String(1 << 30) },
  });
}
