/**
 * One klink that does nothing but own or stand by, as a process that can be killed and stopped. Looks at itself every few
 * milliseconds and writes a line for each change, with the time of the machine's own monotonic clock, which all processes
 * share. The first code to run after a SIGCONT is such a look.
 *   node ownership-member.js <host:port,…> <name> [user]
 */
import { silentLog } from '../../src/base/log.js';
import { systemClock } from '../../src/base/node/clock.js';
import { processLog } from '../../src/base/node/log.js';
import { systemNetwork } from '../../src/base/node/network.js';
import { systemRandom } from '../../src/base/node/random.js';
import { createTopic } from '../../src/client/admin/topics.js';
import { openCluster } from '../../src/client/cluster.js';
import { createOwnership } from '../../src/engine/ownership/ownership.js';
import { sharedClockMs } from './shared-clock.js';

const LOOK_EVERY_MS = 5;
/** Far more than a look takes, far less than anybody is stopped for. */
const LOOK_TAKES_MS = 100;
const [servers = '', name = '', user] = process.argv.slice(2);

const log = process.env.KLINK_LOG ? processLog({ level: process.env.KLINK_LOG, fd: 2 }) : silentLog;
const surroundings = { clock: systemClock, random: systemRandom, network: systemNetwork, log };
const bootstrap = servers.split(',').map((address) => {
  const [host = '', port = ''] = address.split(':');
  return { host, port: Number(port) };
});
const security = user === undefined ? {} : { sasl: { mechanism: 'PLAIN', username: user, password: user } as const };
const cluster = openCluster({ ...surroundings, name: 'dr', bootstrap, security, clientId: 'klink' });
const ownership = createOwnership({
  ...surroundings,
  cluster,
  url: `http://${name}`,
  prepareLeaseTopic: async () => {
    await createTopic(cluster, { name: '_klink.state', partitions: 1, replicationFactor: -1 }).catch(() => undefined);
  },
});

let shown = '';
function look(): void {
  const fromMs = sharedClockMs();
  const { state } = ownership;
  const holds = ownership.holds();
  const markers = ownership.mayWriteMarkers();
  const exclusive = state.kind === 'owner' ? state.exclusive.provable : undefined;
  const reason = state.kind === 'standby' || state.kind === 'joining' ? state.reason : undefined;
  const atMs = sharedClockMs();
  // Stopped in the middle of it: what it saw is of before, the time of after.
  if (atMs - fromMs > LOOK_TAKES_MS) {
    look();
    return;
  }
  const now = JSON.stringify({ kind: state.kind, holds, markers, exclusive, reason });
  if (now === shown) return;
  shown = now;
  process.stdout.write(`${JSON.stringify({ name, atMs, ...JSON.parse(now) })}\n`);
}

ownership.onChange(look);
const looking = setInterval(look, LOOK_EVERY_MS);
ownership.start();

process.once('SIGTERM', async () => {
  await ownership.stop({ effectsSettled: true });
  look();
  clearInterval(looking);
  await cluster.close();
  process.exit(0);
});
// Nobody is left to look at it.
process.stdin.on('end', () => process.exit(0)).resume();
