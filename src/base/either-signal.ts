/**
 * A signal that aborts with the first of two, for as long as something is under way. `AbortSignal.any` would do, but for a
 * signal that lives as long as the process: on Node 20 it keeps an entry for every signal ever made of it.
 */
import { setMaxListeners } from 'node:events';

export interface EitherSignal {
  readonly signal: AbortSignal;
  /** Nothing listens any more. */
  release(): void;
}

export function eitherSignal(one: AbortSignal, other: AbortSignal): EitherSignal {
  const both = new AbortController();
  const sources = [one, other];
  // As many as there are things under way: more than ten are no leak.
  setMaxListeners(0, ...sources);
  const release = () => {
    for (const source of sources) source.removeEventListener('abort', onAbort);
  };
  const onAbort = () => {
    release();
    both.abort(one.aborted ? one.reason : other.reason);
  };
  if (one.aborted || other.aborted) onAbort();
  else for (const source of sources) source.addEventListener('abort', onAbort, { once: true });
  return { signal: both.signal, release };
}
