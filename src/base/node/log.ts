import pino from 'pino';
import type { Log } from '../log.js';

/** JSON lines on a file descriptor; `level` is pino's (`debug`, `info`, `warn`, `error`, `silent`). */
export function processLog(options: { readonly level: string; readonly fd: number }): Log {
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: options.fd, sync: true }),
  );
  return wrap(logger);
}

function wrap(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child({ ...fields })),
  };
}
