/** Builds the published envelopes. */
import type { Answer } from '../control/commands.js';
import { Problem } from './problems.js';

export function resource<K extends string>(kind: K, self: string, crn: string) {
  return { kind, metadata: { self, resource_name: crn } };
}

export function list<K extends string, T>(kind: K, self: string, data: readonly T[]) {
  return { kind, metadata: { self, next: null }, data };
}

export function related(url: string): { readonly related: string } {
  return { related: url };
}

export function path(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${encodeURIComponent(step)}`).join('');
}

/** The value of an answer, or its refusal thrown as the published problem. */
export function granted<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  const { status, code, message } = answer.error;
  throw new Problem(status, code, message);
}
