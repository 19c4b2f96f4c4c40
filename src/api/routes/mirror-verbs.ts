/**
 * Published: the verbs of mirror topics. A verb that a topic refuses is a row with code and message inside a 200, never an
 * error of the whole request.
 */
import { z } from 'zod';
import type { MirrorVerb } from '../../control/commands.js';
import { granted, list, resource } from '../answers.js';
import { type Asked, operation } from '../operation.js';
import { problems } from '../problems.js';
import { flag, listOf } from '../schemas/common.js';
import { altered, selection } from '../schemas/mirrors.js';
import { lagsData } from './mirrors.js';

const shared = { base: 'published', tag: 'mirrors' } as const;
const all = '/clusters/{cluster_id}/links/{link_name}/mirrors';
const dryRun = z.object({ validate_only: flag(false, 'Tell what would become of it, but change nothing.') });
const answer = listOf('KafkaPromoteMirror', altered);

const verbs: Readonly<Record<MirrorVerb, string>> = {
  pause: 'Hold mirrors where they are.',
  resume: 'Let paused mirrors go on.',
  promote: 'Make mirrors ordinary topics once nothing is left to copy; goes on after the answer.',
  failover: 'Make mirrors ordinary topics as they are, the source being lost; goes on after the answer.',
};

export const mirrorVerbOperations = Object.entries(verbs).map(([name, summary]) => {
  const verb = name as MirrorVerb; // The keys of `verbs` are no other.
  return operation({
    ...shared,
    method: 'post',
    path: `${all}:${verb}`,
    id: `${verb}Mirrors`,
    summary,
    query: dryRun,
    body: selection,
    status: 200,
    answer,
    refusals: [422],
    async run(asked) {
      return await alter(asked, verb);
    },
  });
});

const notYet: Readonly<Record<string, string>> = {
  'reverse-and-start-mirror': 'Turn mirrors round: the other cluster mirrors this one.',
  'reverse-and-pause-mirror': 'The same, and leave the new mirrors paused.',
  'truncate-and-restore': 'Make topics that were failed over mirrors again.',
};

/** Published, and refused as published: no link of this version is bidirectional. */
export const refusedVerbOperations = Object.entries(notYet).map(([verb, summary]) =>
  operation({
    ...shared,
    method: 'post',
    path: `${all}:${verb}`,
    id: verb.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
    summary: `${summary} Not yet: 400 with 40035.`,
    query: dryRun,
    body: selection,
    status: 200,
    answer,
    async run({ cluster, params }) {
      granted(await cluster.links.link(params.link_name));
      throw problems.unsupported(
        `${verb} needs a bidirectional link, which this version has not. Fail over or promote the mirrors, then make a link ` +
          'from this cluster to the other one.',
      );
    },
  }),
);

async function alter(
  {
    cluster,
    params: { link_name: link },
    query,
    body,
  }: Asked<typeof all, z.output<typeof dryRun>, z.output<typeof selection>>,
  verb: MirrorVerb,
) {
  const { mirror_topic_names: names, mirror_topic_name_pattern: pattern } = body;
  const retention = body.retention ?? undefined;
  const withoutBarrier = body.without_barrier ?? undefined;
  if ((names == null) === (pattern == null)) {
    throw problems.invalid('Give either mirror_topic_names or mirror_topic_name_pattern.');
  }
  if (retention && (verb === 'pause' || verb === 'resume')) {
    throw problems.invalid('retention belongs to promote and failover.');
  }
  if (withoutBarrier && (verb === 'pause' || verb === 'resume')) {
    throw problems.invalid('without_barrier belongs to promote and failover.');
  }
  if (withoutBarrier && names?.length !== 1) throw problems.invalid('without_barrier takes exactly one mirror topic.');
  const topics =
    names ??
    granted(await cluster.links.mirrors(link))
      .map((mirror) => mirror.mirrorTopic)
      .filter(matcher(pattern ?? ''));
  const options = { retention, withoutBarrier };
  const rows = granted(await cluster.links.alterMirrors(link, verb, topics, query.validate_only, options));
  const data = rows.map((row) => ({
    ...resource(
      'AlterMirrorsData',
      cluster.url('links', link, 'mirrors', row.mirrorTopic),
      `crn:///kafka=${cluster.clusterId}/mirror=${row.mirrorTopic}`,
    ),
    mirror_topic_name: row.mirrorTopic,
    error_code: row.refusal?.code ?? null,
    error_message: row.refusal?.message ?? null,
    mirror_lags: lagsData(row.lags),
    messages_truncated: null,
    partition_level_truncation_data: [],
    groups_above: row.groupsAbove,
    without_barrier: row.withoutBarrier,
  }));
  return list('KafkaPromoteMirror', `${cluster.url('links', link, 'mirrors')}:${verb}`, data);
}

function matcher(pattern: string): (topic: string) => boolean {
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`);
  } catch {
    throw problems.invalid(`'${pattern}' is not a regular expression.`);
  }
  return (topic) => expression.test(topic);
}
