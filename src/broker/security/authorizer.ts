/**
 * Who may do what, as Apache Kafka's StandardAuthorizer decides it: super users may everything; else the first DENY that
 * fits refuses, then any ALLOW that fits allows, and what no ACL speaks of is refused, unless
 * `allow.everyone.if.no.acl.found`. A resource's ACLs are those of its name, of `*`, and of every prefix of its name.
 * Serves docs/spec/broker.md §9.
 */
import { operations, patterns, permissions, resources } from '../../protocol/acl-codes.js';
import { type Acl, type AclFilter, isSameAcl, matches, type ResourceType, WILDCARD } from './acl.js';

export type Operation = Exclude<keyof typeof operations, 'UNKNOWN' | 'ALL'>;

/** Who asks. */
export interface Subject {
  /** `User:name`. */
  readonly principal: string;
  /** Its address, without port. */
  readonly host: string;
}

const EVERY_USER = 'User:*';
/** An ALLOW of one of these allows to describe as well; a DENY of them does not deny it. */
const ALSO_DESCRIBE: readonly number[] = [operations.READ, operations.WRITE, operations.DELETE, operations.ALTER];

interface OfType {
  readonly literal: Map<string, Acl[]>;
  readonly prefixed: Map<string, Acl[]>;
  /** Each length that a prefix has. */
  readonly lengths: Set<number>;
}

export class Authorizer {
  readonly #superUsers: ReadonlySet<string>;
  readonly #allowsByDefault: boolean;
  #acls: readonly Acl[] = [];
  #byType = new Map<number, OfType>();

  constructor(options: { readonly superUsers: ReadonlySet<string>; readonly allowsByDefault: boolean }) {
    this.#superUsers = options.superUsers;
    this.#allowsByDefault = options.allowsByDefault;
  }

  get acls(): readonly Acl[] {
    return this.#acls;
  }

  find(filter: AclFilter): readonly Acl[] {
    return this.#acls.filter((acl) => matches(filter, acl));
  }

  /** What is there already stays once. */
  add(acls: readonly Acl[]): void {
    const known = [...this.#acls];
    for (const acl of acls) if (!this.#has(acl)) known.push(this.#index(acl));
    this.#acls = known;
  }

  remove(acls: ReadonlySet<Acl>): void {
    this.restore(this.#acls.filter((acl) => !acls.has(acl)));
  }

  /** These and no others. */
  restore(acls: readonly Acl[]): void {
    this.#acls = [];
    this.#byType = new Map();
    this.add(acls);
  }

  may(subject: Subject, operation: Operation, type: ResourceType, name: string): boolean {
    if (this.#superUsers.has(subject.principal)) return true;
    const wanted = operations[operation];
    let allowed = false;
    let spokenOf = false;
    for (const acl of this.#about(resources[type], name)) {
      spokenOf = true;
      if (!concerns(acl, subject)) continue;
      if (acl.permissionType === permissions.DENY) {
        if (acl.operation === operations.ALL || acl.operation === wanted) return false;
      } else if (allows(acl.operation, wanted)) allowed = true;
    }
    return allowed || (!spokenOf && this.#allowsByDefault);
  }

  /** Whether there can be a resource of this type for which it may (KIP-679). */
  mayAny(subject: Subject, operation: Operation, type: ResourceType): boolean {
    // Super users, and whom nothing is said of, are told by a name that nobody has.
    if (this.may(subject, operation, type, 'hardcode')) return true;
    const wanted = operations[operation];
    const fitting = this.#acls.filter(
      (acl) =>
        acl.resourceType === resources[type] &&
        concerns(acl, subject) &&
        (acl.operation === wanted || acl.operation === operations.ALL),
    );
    const isDenied = (acl: Acl) => acl.permissionType === permissions.DENY;
    const denials = fitting.filter(isDenied);
    if (denials.some((acl) => acl.patternType === patterns.LITERAL && acl.resourceName === WILDCARD)) return false;
    return fitting
      .filter((acl) => !isDenied(acl))
      .some((acl) => isAll(acl) || !denials.some((denial) => covers(denial, acl)));
  }

  *#about(resourceType: number, name: string): Generator<Acl, void, undefined> {
    const known = this.#byType.get(resourceType);
    if (known === undefined) return;
    yield* known.literal.get(name) ?? [];
    if (name !== WILDCARD) yield* known.literal.get(WILDCARD) ?? [];
    for (const length of known.lengths) {
      if (length <= name.length) yield* known.prefixed.get(name.slice(0, length)) ?? [];
    }
  }

  #has(acl: Acl): boolean {
    return this.#placeOf(acl).some((each) => isSameAcl(each, acl));
  }

  #index(acl: Acl): Acl {
    this.#placeOf(acl).push(acl);
    return acl;
  }

  #placeOf(acl: Acl): Acl[] {
    let known = this.#byType.get(acl.resourceType);
    if (known === undefined) {
      known = { literal: new Map(), prefixed: new Map(), lengths: new Set() };
      this.#byType.set(acl.resourceType, known);
    }
    const isPrefix = acl.patternType === patterns.PREFIXED;
    if (isPrefix) known.lengths.add(acl.resourceName.length);
    const byName = isPrefix ? known.prefixed : known.literal;
    let place = byName.get(acl.resourceName);
    if (place === undefined) {
      place = [];
      byName.set(acl.resourceName, place);
    }
    return place;
  }
}

function concerns(acl: Acl, { principal, host }: Subject): boolean {
  const isPrincipal = acl.principal === principal || acl.principal === EVERY_USER;
  return isPrincipal && (acl.host === host || acl.host === WILDCARD);
}

function allows(given: number, wanted: number): boolean {
  if (given === operations.ALL || given === wanted) return true;
  if (wanted === operations.DESCRIBE) return ALSO_DESCRIBE.includes(given);
  return wanted === operations.DESCRIBE_CONFIGS && given === operations.ALTER_CONFIGS;
}

function isAll(acl: Acl): boolean {
  return acl.patternType === patterns.LITERAL && acl.resourceName === WILDCARD;
}

/** Whatever this ALLOW speaks of, the denial speaks of it too. */
function covers(denial: Acl, allow: Acl): boolean {
  if (denial.patternType === patterns.PREFIXED) return allow.resourceName.startsWith(denial.resourceName);
  return allow.patternType === patterns.LITERAL && allow.resourceName === denial.resourceName;
}
