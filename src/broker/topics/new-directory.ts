/**
 * Which directory a broker may begin in, and which names below `topics` are its own. What a start finds may be somebody
 * else's: it is neither taken over nor removed. Serves docs/spec/broker.md §2.
 */
import type { Disk } from '../../base/disk.js';

/** As a broker names the directory of a topic: by its id. */
const TOPIC_ID = /^[\w-]{22}$/;

export function isTopicDirectory(name: string): boolean {
  return TOPIC_ID.test(name);
}

/** Throws, with what to do, where no broker has lived in `directory`, but something else has. Changes nothing. */
export function refuseForeign(disk: Disk, directory: string): void {
  if (disk.exists(`${directory}/meta.properties`)) {
    throw new Error(
      `${directory} belongs to Apache Kafka (it has a meta.properties), whose files this broker cannot read: choose another directory`,
    );
  }
  if (disk.list(`${directory}/topics`).length > 0) {
    throw new Error(
      `${directory}/topics holds something, but ${directory} has no broker.json: choose another directory, or, if a broker lived here, put its broker.json back`,
    );
  }
}
