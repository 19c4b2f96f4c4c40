/**
 * The rights that klink's principals need, each with what it is for: what the docs list, what refusals name, and what the
 * tests take away line by line. A super user needs none of them. Spec: docs/spec/rights.md.
 */
export interface Right {
  readonly resource: 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID';
  readonly operation:
    | 'READ'
    | 'WRITE'
    | 'CREATE'
    | 'DELETE'
    | 'ALTER'
    | 'DESCRIBE'
    | 'CLUSTER_ACTION'
    | 'DESCRIBE_CONFIGS'
    | 'ALTER_CONFIGS';
  /** What it is granted on; with `prefixed`, on every name that begins so. */
  readonly name: string;
  readonly prefixed?: boolean;
  readonly need: string;
}

const TOPICS = { resource: 'TOPIC', name: '*' } as const;
const CLUSTER = { resource: 'CLUSTER', name: 'kafka-cluster' } as const;
const KLINKS = { resource: 'TRANSACTIONAL_ID', name: 'klink-', prefixed: true } as const;

/** [10.1] At the source, of the principal that a link logs in as. READ on topics stands for DESCRIBE as well, as Kafka has it. */
export const linkRights: readonly Right[] = [
  { ...TOPICS, operation: 'READ', need: 'copying records; without it a topic cannot be mirrored' },
  { ...TOPICS, operation: 'DESCRIBE_CONFIGS', need: 'settings that the mirror follows' },
  { resource: 'GROUP', name: '*', operation: 'DESCRIBE', need: 'consumer-group offsets (READ stands for it as well)' },
  { ...CLUSTER, operation: 'DESCRIBE', need: 'ACL sync' },
];

/** [10.2] At the destination, of klink's own principal where it is no super user (fence mode 2). */
export const engineRights: readonly Right[] = [
  { ...CLUSTER, operation: 'CREATE', need: 'mirror topics and the journal' },
  { ...CLUSTER, operation: 'DESCRIBE', need: 'ACLs and consumer groups of the cluster' },
  { ...CLUSTER, operation: 'DESCRIBE_CONFIGS', need: 'the settings of brokers that copying goes by' },
  { ...CLUSTER, operation: 'ALTER', need: 'ACLs, SCRAM users, and markers from Kafka 3.8 on' },
  { ...TOPICS, operation: 'DESCRIBE', need: 'where partitions are and end' },
  { ...TOPICS, operation: 'READ', need: 'the tail proof and the journal' },
  { ...TOPICS, operation: 'WRITE', need: 'copying' },
  { ...TOPICS, operation: 'CREATE', need: 'mirror topics and the journal (or CREATE on the cluster)' },
  { ...TOPICS, operation: 'DELETE', need: 'log starts that follow the source, scratch topics' },
  { ...TOPICS, operation: 'ALTER', need: 'partitions that the source adds' },
  { ...TOPICS, operation: 'ALTER_CONFIGS', need: 'working and wanted settings' },
  { ...TOPICS, operation: 'DESCRIBE_CONFIGS', need: 'working and wanted settings' },
  { resource: 'GROUP', name: '*', operation: 'READ', need: 'ownership, and group offsets' },
  { ...KLINKS, operation: 'WRITE', need: 'the journal and group offsets' },
  { ...KLINKS, operation: 'DESCRIBE', need: 'the journal and group offsets' },
];

/** [10.3] Beside those, up to Kafka 3.7. */
export const markerRightUntil37: Right = {
  ...CLUSTER,
  operation: 'CLUSTER_ACTION',
  need: 'markers up to Kafka 3.7, where ALTER does not stand for it',
};

/** `WRITE on TOPIC *`. */
export function rightInWords({ operation, resource, name, prefixed }: Right): string {
  return `${operation} on ${resource} ${name}${prefixed ? '*' : ''}`;
}
