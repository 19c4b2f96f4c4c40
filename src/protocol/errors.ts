/**
 * Kafka's error codes (facts of Apache Kafka 4.3.0's protocol guide): number, published name, whether the same request
 * may simply be made again, and what it means in one line. "Retriable" is Kafka's word about the request, not a
 * promise about its effect: 7 and 20 leave the outcome unknown.
 */
interface Entry {
  readonly code: number;
  readonly retriable: boolean;
  readonly meaning: string;
}

const table = {
  UNKNOWN_SERVER_ERROR: {
    code: -1,
    retriable: false,
    meaning: 'The broker failed in a way it has no name for; its log says more.',
  },
  NONE: { code: 0, retriable: false, meaning: 'No error.' },
  OFFSET_OUT_OF_RANGE: { code: 1, retriable: false, meaning: 'The offset lies outside what the partition holds.' },
  CORRUPT_MESSAGE: { code: 2, retriable: true, meaning: 'A record batch failed its checksum or is otherwise damaged.' },
  UNKNOWN_TOPIC_OR_PARTITION: {
    code: 3,
    retriable: true,
    meaning: 'The topic or partition does not exist, or may not be seen by this principal.',
  },
  INVALID_FETCH_SIZE: { code: 4, retriable: false, meaning: 'The fetch size is not valid.' },
  LEADER_NOT_AVAILABLE: {
    code: 5,
    retriable: true,
    meaning: 'The partition has no leader right now, usually during an election.',
  },
  NOT_LEADER_OR_FOLLOWER: {
    code: 6,
    retriable: true,
    meaning: 'The asked broker no longer leads (or follows) this partition; metadata is old.',
  },
  REQUEST_TIMED_OUT: {
    code: 7,
    retriable: true,
    meaning: 'The broker could not finish in the time that the request allowed; what it began may stand.',
  },
  BROKER_NOT_AVAILABLE: { code: 8, retriable: false, meaning: 'The broker is not available.' },
  REPLICA_NOT_AVAILABLE: { code: 9, retriable: true, meaning: 'The replica is not available on this broker.' },
  MESSAGE_TOO_LARGE: {
    code: 10,
    retriable: false,
    meaning: 'A record or batch is larger than the topic or broker accepts.',
  },
  STALE_CONTROLLER_EPOCH: { code: 11, retriable: false, meaning: 'The request comes from an older controller.' },
  OFFSET_METADATA_TOO_LARGE: {
    code: 12,
    retriable: false,
    meaning: 'The metadata string of an offset commit is too long.',
  },
  NETWORK_EXCEPTION: { code: 13, retriable: true, meaning: 'The broker closed the connection before it answered.' },
  COORDINATOR_LOAD_IN_PROGRESS: { code: 14, retriable: true, meaning: 'The coordinator is still loading its state.' },
  COORDINATOR_NOT_AVAILABLE: {
    code: 15,
    retriable: true,
    meaning: 'There is no coordinator right now, usually just after a start or an election.',
  },
  NOT_COORDINATOR: {
    code: 16,
    retriable: true,
    meaning: 'The asked broker does not coordinate this group or transactional id any more.',
  },
  INVALID_TOPIC_EXCEPTION: {
    code: 17,
    retriable: false,
    meaning: 'The topic name is not allowed, or the topic may not be used this way.',
  },
  RECORD_LIST_TOO_LARGE: {
    code: 18,
    retriable: false,
    meaning: "The request's records are larger than the configured segment size.",
  },
  NOT_ENOUGH_REPLICAS: {
    code: 19,
    retriable: true,
    meaning: 'Fewer replicas are in sync than `min.insync.replicas` asks; nothing was appended.',
  },
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: {
    code: 20,
    retriable: true,
    meaning: 'Appended, but fewer replicas than required have it.',
  },
  INVALID_REQUIRED_ACKS: { code: 21, retriable: false, meaning: 'The required acks are not valid.' },
  ILLEGAL_GENERATION: {
    code: 22,
    retriable: false,
    meaning: "The member's generation is not the group's current one.",
  },
  INCONSISTENT_GROUP_PROTOCOL: {
    code: 23,
    retriable: false,
    meaning: "The member's protocols do not fit those of the group.",
  },
  INVALID_GROUP_ID: { code: 24, retriable: false, meaning: 'The group id is not valid.' },
  UNKNOWN_MEMBER_ID: {
    code: 25,
    retriable: false,
    meaning: 'The coordinator does not know this member, or the group has members and the commit names none.',
  },
  INVALID_SESSION_TIMEOUT: {
    code: 26,
    retriable: false,
    meaning: "The session timeout lies outside the broker's bounds.",
  },
  REBALANCE_IN_PROGRESS: { code: 27, retriable: false, meaning: 'The group rebalances: join again.' },
  INVALID_COMMIT_OFFSET_SIZE: {
    code: 28,
    retriable: false,
    meaning: 'The offset commit is larger than the broker accepts.',
  },
  TOPIC_AUTHORIZATION_FAILED: { code: 29, retriable: false, meaning: 'The principal may not do this to the topic.' },
  GROUP_AUTHORIZATION_FAILED: { code: 30, retriable: false, meaning: 'The principal may not do this to the group.' },
  CLUSTER_AUTHORIZATION_FAILED: {
    code: 31,
    retriable: false,
    meaning: 'The principal may not do this to the cluster.',
  },
  INVALID_TIMESTAMP: { code: 32, retriable: false, meaning: "A timestamp lies outside the topic's bounds." },
  UNSUPPORTED_SASL_MECHANISM: { code: 33, retriable: false, meaning: 'The broker does not offer this SASL mechanism.' },
  ILLEGAL_SASL_STATE: {
    code: 34,
    retriable: false,
    meaning: 'The SASL exchange is out of order, or no login was made.',
  },
  UNSUPPORTED_VERSION: { code: 35, retriable: false, meaning: 'The broker does not know this version of the request.' },
  TOPIC_ALREADY_EXISTS: { code: 36, retriable: false, meaning: 'A topic of this name exists already.' },
  INVALID_PARTITIONS: { code: 37, retriable: false, meaning: 'The number of partitions is not valid.' },
  INVALID_REPLICATION_FACTOR: {
    code: 38,
    retriable: false,
    meaning: 'The replication factor is not valid, or larger than the number of brokers.',
  },
  INVALID_REPLICA_ASSIGNMENT: { code: 39, retriable: false, meaning: 'The replica assignment is not valid.' },
  INVALID_CONFIG: { code: 40, retriable: false, meaning: 'A setting is not known or its value not allowed.' },
  NOT_CONTROLLER: { code: 41, retriable: true, meaning: 'The asked broker is not the controller.' },
  INVALID_REQUEST: {
    code: 42,
    retriable: false,
    meaning: "The request contradicts itself or the broker's state; see the message.",
  },
  UNSUPPORTED_FOR_MESSAGE_FORMAT: {
    code: 43,
    retriable: false,
    meaning: "The partition's message format is too old for this.",
  },
  POLICY_VIOLATION: { code: 44, retriable: false, meaning: 'A policy configured on the broker refuses the request.' },
  OUT_OF_ORDER_SEQUENCE_NUMBER: {
    code: 45,
    retriable: false,
    meaning: 'The sequence number is not the next one of this producer id on this partition.',
  },
  DUPLICATE_SEQUENCE_NUMBER: {
    code: 46,
    retriable: false,
    meaning: 'The batch with this sequence number was appended already.',
  },
  INVALID_PRODUCER_EPOCH: {
    code: 47,
    retriable: false,
    meaning: 'A newer epoch of this producer id exists: this one is fenced.',
  },
  INVALID_TXN_STATE: { code: 48, retriable: false, meaning: 'The transaction is in a state that does not allow this.' },
  INVALID_PRODUCER_ID_MAPPING: {
    code: 49,
    retriable: false,
    meaning: 'The producer id does not belong to this transactional id.',
  },
  INVALID_TRANSACTION_TIMEOUT: {
    code: 50,
    retriable: false,
    meaning: "The transaction timeout is above the broker's maximum.",
  },
  CONCURRENT_TRANSACTIONS: {
    code: 51,
    retriable: true,
    meaning: 'Another operation on this transaction is still under way.',
  },
  TRANSACTION_COORDINATOR_FENCED: {
    code: 52,
    retriable: false,
    meaning: 'The marker comes from an older transaction coordinator.',
  },
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: {
    code: 53,
    retriable: false,
    meaning: 'The principal may not use this transactional id.',
  },
  SECURITY_DISABLED: { code: 54, retriable: false, meaning: 'The broker runs no authorizer, so there are no ACLs.' },
  OPERATION_NOT_ATTEMPTED: {
    code: 55,
    retriable: false,
    meaning: 'Not tried, because another part of the same request failed.',
  },
  KAFKA_STORAGE_ERROR: { code: 56, retriable: true, meaning: 'The broker could not use the disk of this partition.' },
  LOG_DIR_NOT_FOUND: { code: 57, retriable: false, meaning: 'The broker has no such log directory.' },
  SASL_AUTHENTICATION_FAILED: { code: 58, retriable: false, meaning: 'The credentials were refused.' },
  UNKNOWN_PRODUCER_ID: {
    code: 59,
    retriable: false,
    meaning: 'The broker holds no state of this producer id on this partition any more.',
  },
  REASSIGNMENT_IN_PROGRESS: { code: 60, retriable: false, meaning: 'The partition is being reassigned.' },
  DELEGATION_TOKEN_AUTH_DISABLED: { code: 61, retriable: false, meaning: 'Delegation tokens are switched off.' },
  DELEGATION_TOKEN_NOT_FOUND: { code: 62, retriable: false, meaning: 'The delegation token does not exist.' },
  DELEGATION_TOKEN_OWNER_MISMATCH: {
    code: 63,
    retriable: false,
    meaning: 'The principal does not own this delegation token.',
  },
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: {
    code: 64,
    retriable: false,
    meaning: 'Delegation tokens cannot be asked for over this connection.',
  },
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: {
    code: 65,
    retriable: false,
    meaning: 'The principal may not do this to the delegation token.',
  },
  DELEGATION_TOKEN_EXPIRED: { code: 66, retriable: false, meaning: 'The delegation token has expired.' },
  INVALID_PRINCIPAL_TYPE: { code: 67, retriable: false, meaning: "The principal's type is not supported." },
  NON_EMPTY_GROUP: { code: 68, retriable: false, meaning: 'The group has members.' },
  GROUP_ID_NOT_FOUND: { code: 69, retriable: false, meaning: 'The group does not exist.' },
  FETCH_SESSION_ID_NOT_FOUND: { code: 70, retriable: true, meaning: 'The fetch session does not exist (any more).' },
  INVALID_FETCH_SESSION_EPOCH: {
    code: 71,
    retriable: true,
    meaning: "The fetch session's epoch is not the expected one.",
  },
  LISTENER_NOT_FOUND: {
    code: 72,
    retriable: true,
    meaning: 'The leader has no listener of the name this connection uses.',
  },
  TOPIC_DELETION_DISABLED: { code: 73, retriable: false, meaning: 'Topics may not be deleted on this cluster.' },
  FENCED_LEADER_EPOCH: { code: 74, retriable: true, meaning: "The leader epoch given is older than the broker's." },
  UNKNOWN_LEADER_EPOCH: {
    code: 75,
    retriable: true,
    meaning: "The leader epoch given is newer than the broker's; it has not heard of it yet.",
  },
  UNSUPPORTED_COMPRESSION_TYPE: {
    code: 76,
    retriable: false,
    meaning: 'The version of the request does not allow this compression.',
  },
  STALE_BROKER_EPOCH: { code: 77, retriable: false, meaning: "The broker's epoch is older than the controller's." },
  OFFSET_NOT_AVAILABLE: { code: 78, retriable: true, meaning: 'The new leader does not know its high watermark yet.' },
  MEMBER_ID_REQUIRED: {
    code: 79,
    retriable: false,
    meaning: 'Join again with the member id that comes with this answer.',
  },
  PREFERRED_LEADER_NOT_AVAILABLE: { code: 80, retriable: true, meaning: 'The preferred leader is not available.' },
  GROUP_MAX_SIZE_REACHED: { code: 81, retriable: false, meaning: 'The group is full.' },
  FENCED_INSTANCE_ID: { code: 82, retriable: false, meaning: 'Another member with the same instance id took over.' },
  ELIGIBLE_LEADERS_NOT_AVAILABLE: { code: 83, retriable: true, meaning: 'No replica may become leader.' },
  ELECTION_NOT_NEEDED: { code: 84, retriable: true, meaning: 'The partition has the wanted leader already.' },
  NO_REASSIGNMENT_IN_PROGRESS: { code: 85, retriable: false, meaning: 'The partition is not being reassigned.' },
  GROUP_SUBSCRIBED_TO_TOPIC: {
    code: 86,
    retriable: false,
    meaning: 'The group reads this topic, so its offsets cannot be deleted.',
  },
  INVALID_RECORD: { code: 87, retriable: false, meaning: "A record was refused by the broker's validation." },
  UNSTABLE_OFFSET_COMMIT: {
    code: 88,
    retriable: true,
    meaning: 'An offset of this group lies in an open transaction.',
  },
  THROTTLING_QUOTA_EXCEEDED: {
    code: 89,
    retriable: true,
    meaning: 'A quota is used up: try again after the throttle time.',
  },
  PRODUCER_FENCED: {
    code: 90,
    retriable: false,
    meaning: 'A newer producer with this transactional id exists: this one is fenced.',
  },
  RESOURCE_NOT_FOUND: { code: 91, retriable: false, meaning: 'The thing named does not exist.' },
  DUPLICATE_RESOURCE: { code: 92, retriable: false, meaning: 'The thing named exists already.' },
  UNACCEPTABLE_CREDENTIAL: { code: 93, retriable: false, meaning: 'The credential does not meet the requirements.' },
  INCONSISTENT_VOTER_SET: { code: 94, retriable: false, meaning: 'The voters do not agree with each other.' },
  INVALID_UPDATE_VERSION: { code: 95, retriable: false, meaning: "The update's version is not valid." },
  FEATURE_UPDATE_FAILED: { code: 96, retriable: false, meaning: 'The feature could not be updated.' },
  PRINCIPAL_DESERIALIZATION_FAILURE: {
    code: 97,
    retriable: false,
    meaning: 'The forwarded principal could not be read.',
  },
  SNAPSHOT_NOT_FOUND: { code: 98, retriable: false, meaning: 'The snapshot does not exist.' },
  POSITION_OUT_OF_RANGE: { code: 99, retriable: false, meaning: 'The position lies outside the snapshot.' },
  UNKNOWN_TOPIC_ID: { code: 100, retriable: true, meaning: 'No topic has this id: deleted, or not known here yet.' },
  DUPLICATE_BROKER_REGISTRATION: { code: 101, retriable: false, meaning: 'The broker id is registered already.' },
  BROKER_ID_NOT_REGISTERED: { code: 102, retriable: false, meaning: 'The broker id is not registered.' },
  INCONSISTENT_TOPIC_ID: { code: 103, retriable: true, meaning: 'The topic id in the log differs from the one asked.' },
  INCONSISTENT_CLUSTER_ID: { code: 104, retriable: false, meaning: 'The cluster id differs from the one asked.' },
  TRANSACTIONAL_ID_NOT_FOUND: { code: 105, retriable: false, meaning: 'The transactional id is not known.' },
  FETCH_SESSION_TOPIC_ID_ERROR: {
    code: 106,
    retriable: true,
    meaning: 'The fetch session was opened with names and is used with ids, or the other way round.',
  },
  INELIGIBLE_REPLICA: { code: 107, retriable: false, meaning: 'The replica may not join the in-sync replicas.' },
  NEW_LEADER_ELECTED: { code: 108, retriable: false, meaning: 'A new leader was elected in the meantime.' },
  OFFSET_MOVED_TO_TIERED_STORAGE: { code: 109, retriable: false, meaning: 'The offset was moved to tiered storage.' },
  FENCED_MEMBER_EPOCH: { code: 110, retriable: false, meaning: "The member's epoch is old: it must join again." },
  UNRELEASED_INSTANCE_ID: { code: 111, retriable: false, meaning: 'The instance id is still held by another member.' },
  UNSUPPORTED_ASSIGNOR: { code: 112, retriable: false, meaning: 'The assignor is not supported by the group.' },
  STALE_MEMBER_EPOCH: {
    code: 113,
    retriable: false,
    meaning: "The member's epoch is older than the group's; a heartbeat brings the new one.",
  },
  MISMATCHED_ENDPOINT_TYPE: {
    code: 114,
    retriable: false,
    meaning: 'The request was sent to the wrong kind of endpoint.',
  },
  UNSUPPORTED_ENDPOINT_TYPE: { code: 115, retriable: false, meaning: 'This kind of endpoint is not supported.' },
  UNKNOWN_CONTROLLER_ID: { code: 116, retriable: false, meaning: 'The controller id is not known.' },
  UNKNOWN_SUBSCRIPTION_ID: { code: 117, retriable: false, meaning: 'The telemetry subscription is not known.' },
  TELEMETRY_TOO_LARGE: { code: 118, retriable: false, meaning: 'The telemetry is larger than the broker accepts.' },
  INVALID_REGISTRATION: { code: 119, retriable: false, meaning: "The broker's registration is not valid." },
  TRANSACTION_ABORTABLE: { code: 120, retriable: false, meaning: 'The transaction can only be aborted.' },
  INVALID_RECORD_STATE: {
    code: 121,
    retriable: false,
    meaning: 'The record of the share group is in a state that does not allow this.',
  },
  SHARE_SESSION_NOT_FOUND: { code: 122, retriable: true, meaning: 'The share session does not exist (any more).' },
  INVALID_SHARE_SESSION_EPOCH: {
    code: 123,
    retriable: true,
    meaning: "The share session's epoch is not the expected one.",
  },
  FENCED_STATE_EPOCH: { code: 124, retriable: false, meaning: "The share coordinator's state epoch is newer." },
  INVALID_VOTER_KEY: { code: 125, retriable: false, meaning: "The voter's key does not match." },
  DUPLICATE_VOTER: { code: 126, retriable: false, meaning: 'The voter exists already.' },
  VOTER_NOT_FOUND: { code: 127, retriable: false, meaning: 'The voter does not exist.' },
  INVALID_REGULAR_EXPRESSION: { code: 128, retriable: false, meaning: 'The regular expression is not valid.' },
  REBOOTSTRAP_REQUIRED: {
    code: 129,
    retriable: false,
    meaning: 'The client should start again from its bootstrap addresses.',
  },
  STREAMS_INVALID_TOPOLOGY: { code: 130, retriable: false, meaning: 'The streams topology is not valid.' },
  STREAMS_INVALID_TOPOLOGY_EPOCH: {
    code: 131,
    retriable: false,
    meaning: "The streams topology's epoch is not valid.",
  },
  STREAMS_TOPOLOGY_FENCED: { code: 132, retriable: false, meaning: 'The streams topology is fenced by a newer one.' },
  SHARE_SESSION_LIMIT_REACHED: {
    code: 133,
    retriable: true,
    meaning: 'The broker has no room for another share session.',
  },
} as const satisfies Record<string, Entry>;

export type ErrorName = keyof typeof table;

export interface KafkaErrorEntry extends Entry {
  readonly name: ErrorName;
}

const byCode = new Map<number, KafkaErrorEntry>(
  (Object.entries(table) as [ErrorName, Entry][]).map(([name, entry]) => [entry.code, { name, ...entry }]),
);

/** The number of a published name: `errorCode.NOT_COORDINATOR`. */
export const errorCode = Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, entry.code])) as {
  readonly [N in ErrorName]: (typeof table)[N]['code'];
};

/** Undefined for a code of a newer Kafka. */
export function errorEntry(code: number): KafkaErrorEntry | undefined {
  return byCode.get(code);
}

/** The published name; `ERROR_<code>` for a code of a newer Kafka. */
export function errorName(code: number): string {
  return byCode.get(code)?.name ?? `ERROR_${code}`;
}

/** Kafka's own word; false for codes we do not know. */
export function isRetriable(code: number): boolean {
  return byCode.get(code)?.retriable ?? false;
}

export function allErrors(): readonly KafkaErrorEntry[] {
  return [...byCode.values()];
}
