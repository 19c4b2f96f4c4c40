/** What a broker does by itself, each at its interval: retention, expiry, timeouts, compaction, flushing. */
import type { Timer } from '../base/clock.js';
import type { Disk } from '../base/disk.js';
import { compact } from './log/compact.js';
import { Damage } from './log/damage.js';
import type { PartitionLog } from './log/partition-log.js';
import { applyRetention } from './log/retention.js';
import type { BrokerState } from './state.js';

const FLUSH_EVERY_MS = 1000;
/** A start after kill -9 reads, of each partition, little more than so much, and a sixteenth where a minute has passed. */
const SNAPSHOT_BYTES = 16 << 20;
const SNAPSHOT_EVERY_MS = 60_000;
const SNAPSHOT_BYTES_MIN = SNAPSHOT_BYTES / 16;

export function keepHouse(broker: BrokerState, disk: Disk): { stop(): void } {
  const { clock, configs, groups, log, topics, transactions } = broker;
  const timers = new Set<Timer>();
  let stopped = false;
  const every = (intervalMs: () => number, what: string, work: () => void) => {
    const again = () => {
      const timer = clock.setTimer(intervalMs(), () => {
        timers.delete(timer);
        if (stopped) return;
        try {
          work();
        } catch (error) {
          log.error({ error: String(error), what }, 'housekeeping failed; it is tried again next time');
        }
        again();
      });
      timers.add(timer);
    };
    again();
  };
  const eachLog = () => topics.all.flatMap((topic) => topic.partitions);
  const remember = (bytes: number) => {
    for (const each of eachLog()) {
      if (!each.isOffline && each.isSnapshotDue(bytes)) each.remember().catch(() => undefined);
    }
  };
  const interval = (name: string) => () => configs.number(name);
  every(interval('log.retention.check.interval.ms'), 'retention', () => {
    for (const each of eachLog()) {
      try {
        applyRetention(each, clock.nowMs());
      } catch (error) {
        // On a full disk one may need the room that the next one makes.
        log.error({ error: String(error), directory: each.directory }, 'retention failed; it is tried again');
      }
    }
  });
  every(interval('producer.id.expiration.check.interval.ms'), 'producer expiry', () => {
    for (const each of eachLog()) {
      each.forgetExpiredProducers(clock.nowMs(), configs.number('producer.id.expiration.ms'));
    }
  });
  every(interval('transaction.abort.timed.out.transaction.cleanup.interval.ms'), 'transaction timeouts', () => {
    transactions.tick(clock.nowMs());
  });
  every(interval('offsets.retention.check.interval.ms'), 'offset expiry', () => groups.expire(clock.nowMs()));
  let compacting = false;
  const damaged = new WeakSet<PartitionLog>();
  /** What cannot be done with one is no reason to leave the others. */
  const compactOne = async (each: PartitionLog) => {
    try {
      await compact(each, { clock, disk });
    } catch (error) {
      const isDamaged = error instanceof Damage;
      if (isDamaged) damaged.add(each);
      const then = isDamaged ? 'it is left as it is' : 'it is tried again';
      log.error({ error: String(error), directory: each.directory }, `compaction failed; ${then}`);
    }
  };
  every(interval('log.cleaner.backoff.ms'), 'compaction', () => {
    if (compacting || !configs.boolean('log.cleaner.enable')) return;
    compacting = true;
    const all = async () => {
      for (const each of eachLog()) {
        if (!stopped && !each.isOffline && !damaged.has(each) && each.settings.compacts) await compactOne(each);
      }
    };
    all().finally(() => {
      compacting = false;
    });
  });
  every(
    () => FLUSH_EVERY_MS,
    'flush',
    () => {
      for (const each of eachLog()) {
        // A failure takes the partition offline by itself and is logged there.
        if (each.hasUnflushed) each.flushed().catch(() => undefined);
      }
      remember(SNAPSHOT_BYTES);
    },
  );
  every(
    () => SNAPSHOT_EVERY_MS,
    'snapshots',
    () => remember(SNAPSHOT_BYTES_MIN),
  );
  return {
    stop() {
      stopped = true;
      for (const timer of timers) timer.cancel();
    },
  };
}
