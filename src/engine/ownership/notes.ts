/**
 * The small JSON values that klinks tell each other through their group: who a member is (JoinGroup), who owns
 * (SyncGroup), and what an owner left behind (its committed offset). What cannot be read counts as unknown, never as good.
 * Spec: docs/spec/ownership.md (rule 4.1).
 */
import type { Predecessor } from './lease.js';

export interface MemberNote {
  /** REST address, so that a standby can name the owner. */
  readonly url: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
}

export interface OwnerNote {
  readonly memberId: string;
  readonly url: string;
}

export function memberNote(note: MemberNote): Buffer {
  return Buffer.from(JSON.stringify({ format: 1, ...note }));
}

/** Undefined: no klink, or one whose format this one does not know. */
export function readMemberNote(bytes: Buffer): MemberNote | undefined {
  const value = parsed(bytes.toString('utf8'));
  const { url, sessionTimeoutMs, rebalanceTimeoutMs } = value;
  if (typeof url !== 'string' || typeof sessionTimeoutMs !== 'number' || typeof rebalanceTimeoutMs !== 'number') {
    return undefined;
  }
  return { url, sessionTimeoutMs, rebalanceTimeoutMs };
}

export function ownerNote(owner: OwnerNote | undefined): Buffer {
  return Buffer.from(JSON.stringify({ format: 1, owner: owner ?? null }));
}

export function readOwnerNote(bytes: Buffer): OwnerNote | undefined {
  const { owner } = parsed(bytes.toString('utf8'));
  if (typeof owner !== 'object' || owner === null) return undefined;
  const { memberId, url } = owner as Record<string, unknown>;
  return typeof memberId === 'string' && typeof url === 'string' ? { memberId, url } : undefined;
}

export function leaseNote(note: { readonly url: string; readonly released: boolean }): string {
  return JSON.stringify({ format: 1, ...note });
}

/** No note: there never was an owner. An unreadable one: there was, and nothing is known of what it left. */
export function predecessorOf(note: string | undefined): Predecessor | undefined {
  if (note === undefined) return undefined;
  return { released: parsed(note).released === true };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
