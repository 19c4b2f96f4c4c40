/**
 * What one client may do: the question that handlers ask. Without an authorizer everybody may do everything.
 * Serves docs/spec/broker.md §9.
 */
import { CLUSTER_NAME, operations } from '../../protocol/acl-codes.js';
import { errorCode } from '../../protocol/errors.js';
import type { ResourceType } from './acl.js';
import type { Authorizer, Operation, Subject } from './authorizer.js';

/** The operations that a resource has: in the answers that tell which are authorized (KIP-430). */
const operationsOf = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  GROUP: ['READ', 'DELETE', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  CLUSTER: ['CREATE', 'ALTER', 'DESCRIBE', 'CLUSTER_ACTION', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE'],
} as const satisfies Readonly<Partial<Record<ResourceType, readonly Operation[]>>>;

/** How it is said that somebody may not. */
export const refusedCode = {
  TOPIC: errorCode.TOPIC_AUTHORIZATION_FAILED,
  GROUP: errorCode.GROUP_AUTHORIZATION_FAILED,
  CLUSTER: errorCode.CLUSTER_AUTHORIZATION_FAILED,
  TRANSACTIONAL_ID: errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
} as const;

export class Rights {
  readonly #authorizer: Authorizer | undefined;
  readonly #subject: Subject;

  constructor(authorizer: Authorizer | undefined, subject: Subject) {
    this.#authorizer = authorizer;
    this.#subject = subject;
  }

  may(operation: Operation, type: ResourceType, name: string): boolean {
    return this.#authorizer === undefined || this.#authorizer.may(this.#subject, operation, type, name);
  }

  mayOnCluster(operation: Operation): boolean {
    return this.may(operation, 'CLUSTER', CLUSTER_NAME);
  }

  /** On at least one resource of this type, be it there or not. */
  mayAny(operation: Operation, type: ResourceType): boolean {
    return this.#authorizer === undefined || this.#authorizer.mayAny(this.#subject, operation, type);
  }

  /** The bit field of KIP-430. */
  operations(type: keyof typeof operationsOf, name: string): number {
    return operationsOf[type]
      .filter((operation) => this.may(operation, type, name))
      .reduce((bits, operation) => bits | (1 << operations[operation]), 0);
  }

  /** Of the cluster: nothing is told to who may not describe it. */
  clusterOperations(): number {
    return this.mayOnCluster('DESCRIBE') ? this.operations('CLUSTER', CLUSTER_NAME) : 0;
  }
}
