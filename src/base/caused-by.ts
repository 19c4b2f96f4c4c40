/** Whether a failure is one of this kind, or was caused by one; several tries come as a list, of which any counts. */
export function isCausedBy(failure: unknown, kind: abstract new (...args: never) => Error): boolean {
  if (Array.isArray(failure)) return failure.some((each) => isCausedBy(each, kind));
  return failure instanceof kind || (failure instanceof Error && isCausedBy(failure.cause, kind));
}
