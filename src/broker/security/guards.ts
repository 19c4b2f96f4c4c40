/**
 * The rights that a whole request needs, as the table of APIs names them. What is decided topic by topic stands in the
 * handlers. Serves docs/spec/broker.md §9.
 */
import { errorCode } from '../../protocol/errors.js';
import type { ResourceType } from './acl.js';
import type { Operation } from './authorizer.js';
import { type Rights, refusedCode } from './rights.js';

/** 0, or the code that refuses the request. */
export type Guard<Q> = (request: Q, rights: Rights, version: number) => number;

/** One of these operations on the cluster. */
export function onCluster(...anyOf: readonly Operation[]): Guard<unknown> {
  return (_, rights) =>
    anyOf.some((operation) => rights.mayOnCluster(operation)) ? errorCode.NONE : refusedCode.CLUSTER;
}

export function onGroup<Q extends { readonly groupId: string }>(operation: Operation): Guard<Q> {
  return ({ groupId }, rights) => on('GROUP', operation, groupId, rights);
}

export function onTransaction<Q extends { readonly transactionalId: string }>(operation: Operation): Guard<Q> {
  return ({ transactionalId }, rights) => on('TRANSACTIONAL_ID', operation, transactionalId, rights);
}

/** The first that refuses says why. */
export function both<Q, R>(first: Guard<Q>, second: Guard<R>): Guard<Q & R> {
  return (request, rights, version) => first(request, rights, version) || second(request, rights, version);
}

function on(
  type: Exclude<ResourceType, 'CLUSTER' | 'DELEGATION_TOKEN' | 'USER'>,
  operation: Operation,
  name: string,
  rights: Rights,
): number {
  return rights.may(operation, type, name) ? errorCode.NONE : refusedCode[type];
}
