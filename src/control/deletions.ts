/**
 * What the settings that delete will take from a stopped mirror once their time of grace is over: asked of the destination
 * when somebody looks, so that it is as true as it can be. Changes nothing. Spec: docs/spec/promotion.md 8 (5).
 */
import type { Mirror } from '../model/mirror.js';
import { uncountedDeletions } from '../model/topic-settings.js';
import type { DeletionForecast } from './commands.js';
import type { ControlPorts } from './ports.js';

const AGE = 'retention.ms';

/** Undefined: nothing is deferred. */
export async function forecastDeletions(
  { destination, clock }: Pick<ControlPorts, 'destination' | 'clock'>,
  mirror: Mirror,
): Promise<DeletionForecast | undefined> {
  if (mirror.kind !== 'STOPPED' || mirror.deferred === undefined) return undefined;
  const { settings, dueAtMs } = mirror.deferred;
  const forecast = { dueAtMs, settings, remarks: uncountedDeletions(settings) };
  const retention = settings[AGE];
  const none = { ...forecast, partitions: [], unread: [] };
  if (retention === undefined) return { ...none, unknown: [] };
  // What is overdue, because the destination did not answer, say, is deleted as of now.
  const atMs = Math.max(dueAtMs, clock.nowMs());
  const aged = await destination.topics.agedOut(mirror.mirrorTopic, mirror.destinationTopicId, { retention, atMs });
  if (aged.kind !== 'done') return { ...none, unknown: [`what ${AGE} deletes: ${aged.reason}`] };
  const known = aged.partitions.flatMap((each) => each ?? []);
  const silent = aged.partitions.flatMap((each, partition) => (each === undefined ? [partition] : []));
  const unknown = silent.map((partition) => `what ${AGE} deletes on partition ${partition}: its leader does not say`);
  const partitions = known.filter(({ logStart, below }) => below > logStart);
  if (partitions.length === 0) return { ...none, unknown };
  const found = await destination.groups.standings(mirror.mirrorTopic, mirror.partitions);
  if (found.kind !== 'done') {
    const why = `which groups have not read them: ${found.reason}`;
    return { ...forecast, partitions, unread: [], unknown: [...unknown, why] };
  }
  const unread = found.standings.flatMap(({ group, partition, offset }) => {
    const going = partitions.find((each) => each.partition === partition);
    if (going === undefined || offset >= going.below) return [];
    let from = offset;
    if (from < going.logStart) from = going.logStart;
    return [{ group, partition, offset, records: going.below - from }];
  });
  return { ...forecast, partitions, unread, unknown };
}
