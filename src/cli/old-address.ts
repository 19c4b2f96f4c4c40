/** Addresses as older guides write them. What is old in the settings themselves the server knows, and answers with. */
import { noteOldSpelling } from './command.js';
import type { Io } from './io.js';

export function noteOldAddress(io: Pick<Io, 'err'>, bootstrap: string | undefined): void {
  const protocol = /(?:^|,)\s*([A-Z_]+):\/\//.exec(bootstrap ?? '')?.[1];
  if (protocol === undefined) return;
  const today = `\`host:port\`, with security.protocol=${protocol}`;
  noteOldSpelling(io, `a bootstrap server as \`${protocol}://host:port\``, today);
}
