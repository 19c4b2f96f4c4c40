/** The names that stand in a list more than once, in the order in which they came again. A request may hold very many. */
export function twiceIn(names: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) twice.add(name);
    seen.add(name);
  }
  return twice;
}

/**
 * Of partitions that a request names more than once only what is said last, in the place of the first, as in Kafka, which keeps
 * them in a table; the topics as they are where none is. Looks at names only where there are several.
 */
export function withLastOfEach<T, P>(
  topics: readonly T[],
  about: {
    readonly topic: (topic: T) => string;
    readonly partitions: (topic: T) => readonly P[];
    readonly index: (partition: P) => number;
    readonly with: (topic: T, partitions: P[]) => T;
  },
): T[] {
  const [first] = topics;
  if (first === undefined || (topics.length === 1 && about.partitions(first).length <= 1)) return [...topics];
  const last = new Map<string, P>();
  let entries = 0;
  for (const topic of topics) {
    for (const partition of about.partitions(topic)) {
      last.set(`${about.topic(topic)} ${about.index(partition)}`, partition);
      entries++;
    }
  }
  if (last.size === entries) return [...topics];
  return topics
    .map((topic) =>
      about.with(
        topic,
        about.partitions(topic).flatMap((partition) => {
          const place = `${about.topic(topic)} ${about.index(partition)}`;
          const said = last.get(place);
          last.delete(place);
          return said === undefined ? [] : [said];
        }),
      ),
    )
    .filter((topic) => about.partitions(topic).length > 0);
}
