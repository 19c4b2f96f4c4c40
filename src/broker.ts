/**
 * `klink broker`: one embedded broker as a process of its own. Prints one JSON line when it is ready, stops cleanly on
 * SIGTERM, SIGINT and SIGHUP, and with `--parent-pipe` also when its standard input ends, so that it never outlives its parent.
 * Refuses a directory that another living broker holds. Serves docs/spec/broker.md §7.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { logLevelOf, processLog } from './base/node/log.js';
import { parseListener } from './broker/advertised.js';
import { type InitialSecurity, readInitial } from './broker/security/initial.js';
import { securityProtocols } from './broker/security/session.js';
import type { ListenerOptions } from './broker/server.js';
import { startBroker } from './embedded.js';
import { untilAskedToStop } from './serve/signals.js';

const USAGE = `usage: klink broker --dir <directory> [--port 9092] [--host 127.0.0.1] [--listener <protocol>://<host>:<port>]…
                    [--cluster-id <id>] [--node-id 1] [--config <name>=<value>]… [--init <file>] [--log-level warn]
                    [--parent-pipe]

One embedded broker as a process of its own. It prints one line of JSON when it is ready and ends in good order on SIGTERM,
SIGINT and SIGHUP. What it serves: docs/spec/broker.md

  --dir <directory>         where it keeps everything; held by one broker at a time
  --port, --host            where it listens without login (PLAINTEXT); port 0 takes a free one
  --listener <address>      where else: PLAINTEXT, SASL_PLAINTEXT, SSL or SASL_SSL, as in SASL_SSL://127.0.0.1:9094; repeatable
  --cluster-id, --node-id   of a new directory; one that has been used keeps its own, and is refused under another
  --config <name>=<value>   a setting of the broker by its Kafka name; repeatable. With --host 0.0.0.0 it takes
                            advertised.listeners=PLAINTEXT://<host>:<port>: where clients are told to connect
  --init <file>             users and ACLs that the cluster is to have from the start: docs/spec/broker.md §7
  --log-level <level>       debug, info, warn, error or silent; logs are JSON lines on stderr
  --parent-pipe             end when standard input ends
`;

/** Gives the exit code; 2 for wrong arguments, 1 when the broker could not start. */
export async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`klink broker: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  // From before the start on: who asks early is not left with half of one.
  const asked = untilAsked(options.parentPipe);
  try {
    const { directory, listeners, clusterId, nodeId, config } = options;
    const initial = options.init === undefined ? undefined : initialOf(options.init);
    const log = processLog({ level: options.logLevel, fd: 2 });
    const broker = await startBroker({
      ...options.plaintext,
      directory,
      listeners,
      clusterId,
      nodeId,
      config,
      initial,
      log,
    });
    const { host, port, ca } = broker;
    const where = broker.listeners.map(({ protocol, address }) => ({
      protocol,
      host: address.host,
      port: address.port,
    }));
    const ready = { ready: true, clusterId: broker.clusterId, nodeId: broker.nodeId, host, port, listeners: where, ca };
    process.stdout.write(`${JSON.stringify({ ...ready, pid: process.pid })}\n`);
    await asked;
    await broker.stop();
    return 0;
  } catch (error) {
    process.stderr.write(`klink broker: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '9092' },
      listener: { type: 'string', multiple: true, default: [] },
      init: { type: 'string' },
      'cluster-id': { type: 'string' },
      'node-id': { type: 'string' },
      config: { type: 'string', multiple: true, default: [] },
      'log-level': { type: 'string', default: 'warn' },
      'parent-pipe': { type: 'boolean', default: false },
    },
  });
  if (values.dir === undefined || values.dir === '') throw new Error('--dir is missing');
  const port = numberOf(values.port);
  if (port === undefined || port > 65_535)
    throw new Error(`--port ${values.port} is no port: give a number from 0 to 65535, 0 for any free one`);
  const nodeId = values['node-id'] === undefined ? undefined : numberOf(values['node-id']);
  if (nodeId === undefined && values['node-id'] !== undefined) {
    throw new Error(`--node-id ${values['node-id']} is no node id: give a whole number from 0 on`);
  }
  const config = values.config.map((each): [string, string] => {
    const at = each.indexOf('=');
    if (at <= 0) throw new Error(`--config ${each} is not of the form <name>=<value>`);
    return [each.slice(0, at), each.slice(at + 1)];
  });
  return {
    directory: values.dir,
    plaintext: { host: values.host, port },
    listeners: values.listener.map(readListener),
    init: values.init,
    clusterId: values['cluster-id'],
    nodeId,
    config: Object.fromEntries(config),
    logLevel: logLevelOf(values['log-level']),
    parentPipe: values['parent-pipe'],
  };
}

/** Written as digits: an empty text, as of a variable that is not set, is no 0. */
function numberOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function readListener(text: string): ListenerOptions {
  const parsed = parseListener(text);
  if (!parsed) {
    throw new Error(
      `--listener ${text} is not of the form <protocol>://<host>:<port>, protocol ${securityProtocols.join(', ')}`,
    );
  }
  return { protocol: parsed.protocol, listen: parsed.at };
}

/** Throws with the reason, which names the file and holds no password. */
function initialOf(path: string): InitialSecurity {
  try {
    return readInitial(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`--init ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Resolves when somebody wants this process to end. */
async function untilAsked(parentPipe: boolean): Promise<void> {
  const signalled = untilAskedToStop(() => process.exit(1));
  if (!parentPipe) return void (await signalled);
  const closed = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    process.stdin.resume();
  });
  await Promise.race([signalled, closed]);
}

if (import.meta.filename === process.argv[1]) process.exit(await main(process.argv.slice(2)));
