/** What a broker does by itself, each at its interval: retention, expiry, timeouts, compaction, flushing. */
import type { Timer } from '../base/clock.js';
import type { Disk } from '../base/disk.js';
import { compact } from './log/compact.js';
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
  every(interval('log.cleaner.backoff.ms'), 'compaction', () => {
    if (compacting || !configs.boolean('log.cleaner.enable')) return;
    compacting = true;
    const all = async () => {
      for (const each of eachLog()) {
        if (!stopped && !each.isOffline && each.settings.compacts) await compact(each, { clock, disk });
      }
    };
    all()
      .catch((error: unknown) => log.error({ error: String(error) }, 'compaction failed; it is tried again'))
      .finally(() => {
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
