/** Settings of a link as older guides write them: the server takes them, and here is said how they are written today. */
import { noteOldSpelling } from './command.js';
import type { Io } from './io.js';

export function noteOldSettings(io: Pick<Io, 'err'>, settings: ReadonlyMap<string, string>): void {
  if (settings.has('link.prefix')) noteOldSpelling(io, '`link.prefix`', '`cluster.link.prefix`');
  for (const [name, value] of settings) {
    if (name.endsWith('.filters') && /"patternType"\s*:\s*"PREFIX"/i.test(value)) {
      noteOldSpelling(io, `\`"patternType": "PREFIX"\` in ${name}`, '`"patternType": "PREFIXED"`');
    }
  }
  const protocol = /(?:^|,)\s*([A-Z_]+):\/\//.exec(settings.get('bootstrap.servers') ?? '')?.[1];
  if (protocol !== undefined) {
    noteOldSpelling(
      io,
      `a bootstrap server as \`${protocol}://host:port\``,
      `\`host:port\`, with security.protocol=${protocol}`,
    );
  }
}
