import { createRequire } from 'node:module';
import type { Logger, pino } from 'pino';
import type { Log } from '../log.js';

/** In pino's words: from that one on lines are written. */
const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Throws when it is none. */
export function logLevelOf(word: string): LogLevel {
  const level = LEVELS.find((each) => each === word);
  if (level === undefined) throw new Error(`--log-level ${word} is none: take one of ${LEVELS.join(', ')}`);
  return level;
}

/**
 * JSON lines on a file descriptor. pino is loaded with the first line that is written: a broker that has nothing to say
 * begins without it, which would be a tenth of what its start costs beside Node itself.
 */
export function processLog(options: { readonly level: string; readonly fd: number }): Log {
  const level = logLevelOf(options.level);
  let logger: Logger | undefined;
  return wrap(level, () => {
    logger ??= load({ level, fd: options.fd });
    return logger;
  });
}

function load({ level, fd }: { readonly level: LogLevel; readonly fd: number }): Logger {
  const make = createRequire(import.meta.url)('pino') as typeof pino;
  const how = { level, base: null, timestamp: make.stdTimeFunctions.isoTime };
  return make(how, make.destination({ dest: fd, sync: true }));
}

function wrap(from: LogLevel, logger: () => Logger): Log {
  const writes = (level: LogLevel) => LEVELS.indexOf(level) >= LEVELS.indexOf(from);
  const line = (level: Exclude<LogLevel, 'silent'>): Log['info'] =>
    writes(level) ? (fields, message) => logger()[level](fields, message) : () => undefined;
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child(fields) {
      const kept = { ...fields };
      let made: Logger | undefined;
      return wrap(from, () => {
        made ??= logger().child(kept);
        return made;
      });
    },
  };
}
