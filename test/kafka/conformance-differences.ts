/**
 * Every place where the kinds of broker do not behave alike, said once. The reference is Apache Kafka 4.3.0. A behaviour of
 * the suite learns which kind it runs on only through the differences it declares, so that none of them stands hidden in
 * an `if`; docs/spec/conformance.md shows them.
 */
export const KINDS = ['4.3.0', '3.9.1', 'embedded'] as const;
export type Kind = (typeof KINDS)[number];

export interface Difference {
  /** What those kinds do, and what the others do. */
  readonly sentence: string;
  readonly of: readonly Exclude<Kind, '4.3.0'>[];
  /** Where docs/spec/broker.md says it, when the embedded broker is one of them. */
  readonly rule?: string;
}

export const differences = {
  'future timestamps': {
    sentence:
      'Kafka 3.9 takes any timestamp by default; from 4.0 on `message.timestamp.after.max.ms` is an hour, and later ones are refused (32).',
    of: ['3.9.1'],
  },
  'topic ids in Produce': {
    sentence:
      'Kafka 3.9 produces to names only, so that data meant for a deleted topic reaches the next one of its name.',
    of: ['3.9.1'],
  },
  'ConsumerGroupDescribe as a preview': {
    sentence:
      'Kafka 3.9 answers 35 unless the newer groups are switched on; from 4.0 on a group that is none of them is missing (69).',
    of: ['3.9.1'],
  },
  'groups of the newer protocol as a preview': {
    sentence:
      'Kafka 3.9 answers 35 to a heartbeat of KIP-848 unless the newer groups are switched on, which makes a cluster that cannot be upgraded.',
    of: ['3.9.1'],
  },
  'settings of groups': {
    sentence: 'Kafka 3.9 knows of no settings of single groups, and refuses the resource type (42).',
    of: ['3.9.1'],
  },
  'raise in an open transaction': {
    sentence:
      'A producer that raises its own epoch while its transaction is open is refused (90) by transactions of version 1; from version 2 on it is answered. The transaction is aborted either way.',
    of: ['3.9.1'],
  },
  'fences in front of the coordinator': {
    sentence:
      'Kafka 3.9 asks the coordinator about a transactional batch although its partition knows a later epoch, and tells what that says.',
    of: ['3.9.1'],
  },
  'transactions of version 2': {
    sentence:
      'Kafka 3.9 has transactions of version 1 only: EndTxn goes up to version 4, and keeps the epoch (KIP-890 came with 4.0).',
    of: ['3.9.1'],
  },
  'stable offset in front of the log': {
    sentence:
      'Where DeleteRecords goes into a batch of an open transaction, Kafka 3.9 tells the log start as last stable offset; 4.3 tells where that batch begins.',
    of: ['3.9.1'],
  },
  'rounds of groups': {
    sentence:
      'In Kafka 3.9 no round begins when somebody leaves who had an id and had not come, which of protocols with as many votes is chosen goes by another table, members that leave together leave one by one, and DescribeGroups has no version 6, in which a group that is not there has no rights.',
    of: ['3.9.1'],
  },
} as const satisfies Record<string, Difference>;

export type DifferenceName = keyof typeof differences;

export function isOtherwise(kind: Kind, name: DifferenceName): boolean {
  const of: readonly Kind[] = differences[name].of;
  return of.includes(kind);
}
