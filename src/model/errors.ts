/**
 * klink's own errors as one table: the published status and code, the exit code of a command, whether trying again can
 * help, and what the operator does. REST answers, CLI messages and the docs page come from it. Spec: docs/spec/states.md.
 */
export interface ErrorRow {
  readonly status: 400 | 403 | 404 | 408 | 409 | 422 | 500 | 503;
  /** Published `error_code`. */
  readonly errorCode: number;
  readonly exitCode: 1 | 2;
  readonly retriable: boolean;
  readonly advice: string;
}

const table = {
  NOT_OWNER: row(503, 50003, true, 'Ask the klink that owns the destination cluster, or again in a moment.'),
  JOURNAL_UNAVAILABLE: row(503, 50003, true, 'Nothing was changed. Try again when the destination cluster is well.'),
  JOURNAL_UNKNOWN: row(503, 50003, true, 'List again before repeating the command: it may have been carried out.'),
  JOURNAL_LOST: row(422, 42201, false, 'Restore the journal, or adopt the marked topics one by one.'),
  NOT_FINISHED: row(408, 40801, true, 'The decision stands and klink goes on with it; ask for its state.'),
  LINK_NOT_FOUND: row(
    404,
    404,
    false,
    'List the links with `klink link list`; a link lives on its destination cluster.',
  ),
  LINK_EXISTS: row(409, 40902, false, 'Choose another name, or delete the link first.'),
  LINK_NAME_INVALID: row(400, 40002, false, 'Use 1 to 64 letters, digits, dots, dashes or underscores.'),
  LINK_ID_INVALID: row(400, 40002, false, 'Leave the id out: klink draws one.'),
  LINK_HAS_MIRRORS: row(
    403,
    40301,
    false,
    'Fail over or delete its mirror topics first, or use --force, which fails them over.',
  ),
  LINK_NOT_ACTIVE: row(400, 40002, true, 'See `klink link describe` for the reason.'),
  LINK_BEING_DELETED: row(400, 40002, true, 'Wait until its mirror topics are stopped.'),
  SETTING_UNKNOWN: row(400, 40002, false, 'Check the spelling of the setting.'),
  SETTING_INVALID: row(400, 40002, false, 'Correct the value.'),
  SETTING_UNSUPPORTED: row(400, 40035, false, 'Leave the setting out: this version cannot honour it.'),
  SETTING_FIXED: row(400, 40002, false, 'Delete its mirror topics first, or make another link.'),
  CREDENTIALS_UNREADABLE: row(
    500,
    50003,
    false,
    'Put the key file right (docs/spec/server.md §6), or write references in place of the credentials.',
  ),
  SECRET_LITERAL: row(
    400,
    40002,
    false,
    'This is a fault in klink, which seals secrets first; a reference in place of the secret works all the same.',
  ),
  SOURCE_UNREACHABLE: row(500, 50003, true, 'Check the bootstrap servers and the network, or try again.'),
  SOURCE_REFUSED: row(
    400,
    40002,
    false,
    'Check the address, certificates, credentials and rights that the link has at the source.',
  ),
  SOURCE_IS_ANOTHER: row(400, 40002, false, 'Check the bootstrap servers, or the id or name of the source cluster.'),
  SOURCE_IS_DESTINATION: row(400, 40002, false, 'A link needs two clusters.'),
  SOURCE_TOPIC_NOT_FOUND: row(404, 40403, false, 'List the topics of the source cluster.'),
  SOURCE_LOG_START: row(400, 40035, false, 'This version mirrors only topics whose first records are still there.'),
  SOURCE_UNSUPPORTED: row(400, 40035, false, 'This version cannot keep such a topic exact.'),
  DESTINATION_UNREACHABLE: row(500, 50003, true, 'Nothing was changed. Check the destination cluster.'),
  DESTINATION_REFUSED: row(
    400,
    40002,
    false,
    'Check what was asked for, and the rights of the engine principal at the destination.',
  ),
  TOPIC_NAME_INVALID: row(400, 40002, false, 'Use 1 to 249 letters, digits, dots, dashes or underscores.'),
  TOPIC_RESERVED: row(400, 40002, false, 'Topics of Kafka and of klink themselves are not mirrored.'),
  TOPIC_RENAMED: row(400, 40035, false, 'Give the mirror topic that name, or make a link with another prefix.'),
  TOPIC_EXISTS: row(400, 40002, false, 'Delete the topic first if its records are not needed.'),
  MIRROR_EXISTS: row(400, 40002, false, 'See `klink mirror describe`.'),
  MIRROR_NOT_FOUND: row(404, 404, false, 'List the mirror topics with `klink mirror list`.'),
  MIRROR_BEING_CREATED: row(400, 400, true, 'Wait a moment, or delete the topic.'),
  MIRROR_ACTIVE: row(400, 400, false, 'Nothing to do.'),
  MIRROR_PAUSED: row(400, 400, false, 'Nothing to do.'),
  MIRROR_FAILED: row(400, 400, false, 'Fail it over, or delete the topic and mirror it again.'),
  MIRROR_PROMOTING: row(400, 400, false, 'Wait until nothing is left to copy, or fail it over.'),
  MIRROR_STOPPING: row(400, 400, false, 'Wait: it ends by itself. `klink mirror describe` says where it stands.'),
  MIRROR_STOPPED: row(400, 400, false, 'It is an ordinary topic now.'),
  MIRROR_NOT_ENDING: row(400, 400, false, 'Begin with `klink mirror failover`; it says which partition it waits for.'),
  BARRIER_POSSIBLE: row(400, 400, false, 'Leave --without-barrier out: klink goes on by itself.'),
  PARTITION_NOT_FOUND: row(404, 40403, false, 'See the partitions with `klink mirror describe`.'),
  ACCOUNT_INVALID: row(400, 40002, false, 'Choose other words.'),
  ACCOUNT_EXISTS: row(409, 40902, false, 'Choose another name, or use the account that exists.'),
  ACCOUNT_NOT_FOUND: row(404, 404, false, 'List them with `klink iam service-account list`.'),
  KEY_NOT_FOUND: row(404, 404, false, 'List them with `klink api-key list`.'),
  KEY_AMBIGUOUS: row(400, 40002, false, 'Say which one with `--resource <cluster>` and `--mechanism <mechanism>`.'),
  KEY_SLOTS_TAKEN: row(409, 40902, false, 'Delete one first with `klink api-key delete`.'),
  KEY_REFUSED: row(400, 40002, false, "Check klink's rights on that cluster: making keys needs ALTER on it."),
  CLUSTER_UNREACHABLE: row(503, 50003, true, 'Try again when the cluster is well.'),
  GROUP_NOT_FOUND: row(404, 404, false, 'List the consumer groups of the source cluster.'),
  NOT_APPLICABLE: row(500, 500, false, 'This is a fault in klink; please report it.'),
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type ErrorCode = keyof typeof table;
export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table;

/** What a caller is told: the published status and code, and klink's own reason. */
export interface Refusal {
  readonly reason: ErrorCode;
  readonly status: ErrorRow['status'];
  /** Published `error_code`. */
  readonly code: number;
  /** What is wrong, then what to do. */
  readonly message: string;
  readonly retriable: boolean;
}

export function refusal(reason: ErrorCode, what: string): Refusal {
  const { status, errorCode, retriable, advice } = errorTable[reason];
  return { reason, status, code: errorCode, message: `${what} ${advice}`, retriable };
}

function row(status: ErrorRow['status'], errorCode: number, retriable: boolean, advice: string): ErrorRow {
  return { status, errorCode, exitCode: 1, retriable, advice };
}
