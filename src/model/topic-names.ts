/** What Kafka takes for the name of a topic, and which names are nobody's to mirror. */

export function isTopicName(name: string): boolean {
  return /^[A-Za-z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..';
}

/** Kafka's own topics, and klink's. */
export function isReservedTopic(name: string): boolean {
  return name.startsWith('__') || name.startsWith('_klink.');
}
