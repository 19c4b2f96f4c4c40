/**
 * The published errors as one table, and the way from any failure to one of them. An answer of Kafka's keeps its meaning;
 * what nobody foresaw is a 500 without inner detail, and is logged.
 */
export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 422 | 429 | 500 | 503;

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: ProblemStatus;
  readonly errorCode: number;
  /** Of 429: when to ask again. */
  readonly retryAfterMs: number | undefined;
  constructor(status: ProblemStatus, errorCode: number, message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.status = status;
    this.errorCode = errorCode;
  }
}

export const problems = {
  badJson: (detail: string) => new Problem(400, 400, `The request body could not be read: ${detail}`),
  invalid: (message: string) => new Problem(400, 40002, message),
  unsupported: (message: string) => new Problem(400, 40035, message),
  topicExists: (topic: string) => new Problem(400, 40002, `Topic '${topic}' already exists.`),
  notAuthenticated: () => new Problem(401, 40101, 'Authentication failed'),
  noLogins: (reason: string) => new Problem(401, 40101, `Authentication failed: ${reason}`),
  guessing: (retryAfterMs: number) => new Problem(429, 429, 'Too many failed logins; try again later.', retryAfterMs),
  loginUnavailable: (reason: string) =>
    new Problem(503, 50003, `Your key cannot be checked now, since its cluster does not answer: ${reason}`),
  notAuthorized: () => new Problem(403, 40301, 'Request is not authorized'),
  lacksRight: (principal: string, right: string) =>
    new Problem(403, 40301, `Request is not authorized: ${principal} needs ${right}.`),
  fencedSettings: (topic: string) =>
    new Problem(
      403,
      40301,
      `Request is not authorized: topic "${topic}" is a mirror, and its fence keeps ALTER_CONFIGS from every key, whatever ACLs ` +
        'allow. Until it is promoted only the operator may change its settings.',
    ),
  operatorOnly: () => new Problem(403, 40301, 'Request is not authorized: only the operator may ask for this.'),
  noCluster: (id: string) =>
    new Problem(
      404,
      404,
      `Cluster ${id} cannot be found. klink serves those that stand under \`clusters\` in klink.yaml.`,
    ),
  noTopic: () => new Problem(404, 40403, 'This server does not host this topic-partition.'),
  noBroker: (id: string) => new Problem(404, 404, `Broker ${id} cannot be found.`),
  noConsumer: (id: string) => new Problem(404, 404, `Consumer ${id} cannot be found.`),
  noGroup: (group: string) => new Problem(404, 404, `Consumer group ${group} cannot be found.`),
  notFound: () => new Problem(404, 404, 'HTTP 404 Not Found'),
  wrongMethod: () => new Problem(405, 405, 'HTTP 405 Method Not Allowed'),
  noAnswer: (detail: string) => new Problem(500, 50003, `The cluster did not answer: ${detail}`),
  internal: () => new Problem(500, 500, 'Internal Server Error'),
} as const;

/** Kafka's error codes that have a published counterpart; all others are told with Kafka's own name. */
const fromKafka: Readonly<Record<number, (message: string) => Problem>> = {
  3: () => problems.noTopic(),
  7: (message) => new Problem(500, 50003, message),
  17: (message) => problems.invalid(message),
  29: () => problems.notAuthorized(),
  30: () => problems.notAuthorized(),
  31: () => problems.notAuthorized(),
  // The key was changed after the caller had logged in.
  58: () => problems.notAuthenticated(),
  36: (message) => problems.invalid(message),
  37: (message) => problems.invalid(message),
  38: (message) => problems.invalid(message),
  39: (message) => problems.invalid(message),
  40: (message) => problems.invalid(message),
  42: (message) => problems.invalid(message),
  44: (message) => problems.invalid(message),
  35: (message) => problems.unsupported(message),
  54: (message) =>
    problems.unsupported(`${message} Without an authorizer (authorizer.class.name) a cluster has no ACLs.`),
  69: (message) => new Problem(404, 404, message),
};

interface KafkaAnswer extends Error {
  readonly code: number;
  readonly codeName: string;
}

function isKafkaAnswer(error: Error): error is KafkaAnswer {
  return 'codeName' in error && 'code' in error && typeof error.code === 'number';
}

/** Undefined: nobody foresaw this. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof Error)) return undefined;
  if (isKafkaAnswer(error)) return fromKafka[error.code]?.(error.message) ?? new Problem(500, 50003, error.message);
  if (error.name === 'NotSent' || error.name === 'OutcomeUnknown' || isSystemRefusal(error)) {
    return problems.noAnswer(error.message);
  }
  return undefined;
}

/** ECONNREFUSED and its kin come from the network below the client. */
function isSystemRefusal(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
}
