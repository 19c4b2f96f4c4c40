/**
 * Published: mirror topics of a link, or of all links (`-`). Creating one answers when the topic stands; the verbs are in
 * `mirror-verbs.ts`.
 */
import { z } from 'zod';
import type { MirrorView, PartitionLag } from '../../control/commands.js';
import { type MirrorStatus, publishedMirrorStatus } from '../../model/projection.js';
import { granted, list, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import { flag, inAnyCase, listOf } from '../schemas/common.js';
import { mirror, newMirror } from '../schemas/mirrors.js';
import { settingsOf } from './alterations.js';

const shared = { base: 'published', tag: 'mirrors' } as const;
const links = '/clusters/{cluster_id}/links';
const all = `${links}/{link_name}/mirrors` as const;
const mirrorList = listOf('KafkaMirrorDataList', mirror);
/** A status that does not exist would find nothing for ever, and a script would take that for "none". */
const withStatus = z.object({
  mirror_status: z
    .preprocess(
      (given) => (given === '' ? undefined : inAnyCase(publishedMirrorStatus)(given)),
      z
        .enum(publishedMirrorStatus, {
          error: ({ input }) =>
            `There is no mirror status '${input}'. Give one of ${publishedMirrorStatus.join(', ')}.`,
        })
        .optional(),
    )
    .describe('Only mirrors that do so; any case.'),
});

export const mirrorOperations = [
  operation({
    ...shared,
    method: 'get',
    path: `${links}/-/mirrors`,
    id: 'listAllMirrors',
    summary: 'The mirrors of all links.',
    query: withStatus,
    status: 200,
    answer: mirrorList,
    async run({ cluster, query }) {
      return await mirrors(cluster, undefined, query.mirror_status);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listMirrors',
    summary: 'The mirrors of a link.',
    query: withStatus,
    status: 200,
    answer: mirrorList,
    async run({ cluster, params, query }) {
      return await mirrors(cluster, params.link_name, query.mirror_status);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: all,
    id: 'createMirror',
    summary: 'Mirror a topic of the source.',
    body: newMirror,
    status: 204,
    refusals: [408],
    async run({ cluster, params, body }) {
      const request = {
        sourceTopic: body.source_topic_name,
        mirrorTopic: body.mirror_topic_name ?? undefined,
        replicationFactor: body.replication_factor ?? undefined,
        settings: settingsOf(body.configs),
      };
      granted(await cluster.links.createMirror(params.link_name, request));
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: `${all}/{mirror_topic_name}`,
    id: 'getMirror',
    summary: 'One mirror.',
    query: z.object({ include_state_transition_errors: flag(false, 'Tell what a change of its state waits for.') }),
    status: 200,
    answer: mirror,
    async run({ cluster, params, query }) {
      const found = granted(await cluster.links.mirror(params.link_name, params.mirror_topic_name));
      return mirrorData(cluster, found, query.include_state_transition_errors);
    },
  }),
];

async function mirrors(cluster: ClusterOfPath, link: string | undefined, status: MirrorStatus | undefined) {
  const data = granted(await cluster.links.mirrors(link))
    .filter((each) => status === undefined || each.status === status)
    .map((each) => mirrorData(cluster, each, false));
  return list('KafkaMirrorDataList', cluster.url('links', link ?? '-', 'mirrors'), data);
}

function mirrorData({ clusterId, url }: ClusterOfPath, view: MirrorView, withErrors: boolean) {
  const errors = view.pending === undefined ? [] : [{ error_code: 'PENDING', error_message: view.pending }];
  return {
    ...resource(
      'KafkaMirrorData',
      url('links', view.linkName, 'mirrors', view.mirrorTopic),
      `crn:///kafka=${clusterId}/link=${view.linkName}/mirror=${view.mirrorTopic}`,
    ),
    link_name: view.linkName,
    mirror_topic_name: view.mirrorTopic,
    source_topic_name: view.sourceTopic,
    num_partitions: view.partitions.length,
    mirror_lags: lagsData(view.partitions),
    mirror_status: view.status,
    mirror_topic_error: view.topicError,
    state_time_ms: view.stateTimeMs,
    mirror_state_transition_errors: withErrors ? errors : undefined,
  };
}

export function lagsData(lags: readonly PartitionLag[]) {
  return lags.map(({ partition, lag, lastSourceFetchOffset }) => {
    return { partition, lag, last_source_fetch_offset: lastSourceFetchOffset };
  });
}
