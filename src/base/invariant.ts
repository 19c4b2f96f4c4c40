/** A broken promise of our own code. The component that meets one stops: guessing on would be worse. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** For `switch` without `default`: a new variant fails to compile here. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable variant: ${JSON.stringify(value)}`);
}
