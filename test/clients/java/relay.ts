/**
 * One verb of a Java client: passes it to the process that `jvm.ts` has started, and its answers on.
 *   node relay.js <port> <verb> <job>
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [, , port, verb, job] = process.argv;
const socket = connect(Number(port), '127.0.0.1');
let exit = 1;
socket.write(`${JSON.stringify({ verb, job: JSON.parse(job ?? '') })}\n`);
process.stdin.once('end', () => socket.end()).resume();
for await (const line of createInterface({ input: socket })) {
  if (!line.startsWith('{"exit"')) {
    process.stdout.write(`${line}\n`);
    continue;
  }
  const end = JSON.parse(line) as { readonly exit: number; readonly error?: string };
  if (end.error !== undefined) process.stderr.write(`${end.error}\n`);
  exit = end.exit;
  break;
}
process.stdout.write('', () => process.exit(exit));
