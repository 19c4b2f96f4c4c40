/**
 * `klink consumer group ready`: may this group move to the destination without reading anything twice? Prints yes or no
 * and why; exit code 0 for yes and 1 for no, so that a shell can repeat it until it is so.
 */
import type { Command } from 'commander';
import type { ReadyData } from '../../api/client/own-shapes.js';
import { type CommonFlags, commandOn, examples, withCluster, withOutput } from '../command.js';
import { QuietNo } from '../failure.js';
import type { Io } from '../io.js';
import { printValue } from '../output/print.js';
import { openSession } from '../session.js';

export function groupReady(io: Io): Command {
  const description =
    'Say whether a consumer group can move to the destination of a link: mirror lag and offset sync have caught up.';
  const command = withOutput(withCluster(commandOn('ready', description)))
    .argument('<consumer-group>')
    .option('--link <link>', 'the cluster link; default: the only one of the cluster')
    .action(async (group: string, flags: CommonFlags & { readonly link?: string }) => {
      const session = openSession(flags, io);
      const cluster = await session.cluster();
      const answer = await session.api.ready(cluster.cluster_id, group, flags.link);
      if (flags.output !== 'human') await printValue(io, flags.output, answer);
      else await io.out(sentence(answer));
      if (!answer.ready) throw new QuietNo('not ready');
    });
  return examples(command, 'until klink consumer group ready my-group --link dr-link --cluster dr; do sleep 1; done');
}

function sentence(answer: ReadyData): string {
  const age = answer.offset_sync_age_ms === null ? 'never' : `${(answer.offset_sync_age_ms / 1000).toFixed(1)} s ago`;
  if (answer.ready) return `yes (mirror lag ${answer.mirror_lag}, offsets synced ${age})\n`;
  return `no\n${answer.reasons.map((reason) => `  ${reason}\n`).join('')}`;
}
