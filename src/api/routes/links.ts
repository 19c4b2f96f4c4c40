/** Published: cluster links of one destination cluster. */
import type { Context } from 'hono';
import { z } from 'zod';
import type { LinkView } from '../../control/commands.js';
import { granted, list, resource } from '../answers.js';
import { asciiJson, NOTES_HEADER } from '../client/notes-header.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { operation } from '../operation.js';
import { problems } from '../problems.js';
import { flag, listOf } from '../schemas/common.js';
import { link, newLink } from '../schemas/links.js';
import { settingsOf } from './alterations.js';

const shared = { base: 'published', tag: 'links' } as const;
const all = '/clusters/{cluster_id}/links';
const one = `${all}/{link_name}` as const;
export const notesHeader = { [NOTES_HEADER]: "klink's own: what the caller should know, a JSON array in ASCII." };

export const linkOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listLinks',
    summary: 'The links that end at a cluster.',
    status: 200,
    answer: listOf('KafkaLinkDataList', link),
    async run({ cluster }) {
      const data = granted(await cluster.links.links()).map((each) => linkData(cluster, each, false));
      return list('KafkaLinkDataList', cluster.url('links'), data);
    },
  }),
  operation({
    ...shared,
    method: 'post',
    path: all,
    id: 'createLink',
    summary: 'Create a link of mode DESTINATION.',
    query: z.object({
      link_name: z
        .string({ error: 'Invalid Cluster Link Name.' })
        .min(1, 'Invalid Cluster Link Name.')
        .describe('Its name.'),
      validate_only: flag(false, 'Check and refuse as otherwise, but create nothing.'),
      validate_link: flag(true, 'Try the credentials at the source cluster first.'),
    }),
    body: newLink,
    status: 204,
    headers: notesHeader,
    refusals: [409],
    async run({ c, cluster, query, body }) {
      if (body.destination_cluster_id || body.remote_cluster_id) {
        throw problems.unsupported('Only links of mode DESTINATION, with a source_cluster_id, can be created yet.');
      }
      const request = {
        name: query.link_name,
        sourceClusterId: body.source_cluster_id ?? undefined,
        linkId: body.cluster_link_id ?? undefined,
        settings: settingsOf(body.configs),
      };
      const options = { validateOnly: query.validate_only, validateLink: query.validate_link };
      tellNotes(c, granted(await cluster.links.createLink(request, options)));
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: one,
    id: 'getLink',
    summary: 'One link.',
    query: z.object({ include_tasks: flag(false, 'Tell its tasks.') }),
    status: 200,
    answer: link,
    async run({ cluster, params, query }) {
      return linkData(cluster, granted(await cluster.links.link(params.link_name)), query.include_tasks);
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: one,
    id: 'deleteLink',
    summary: 'Delete a link.',
    query: z.object({
      force: flag(false, 'Fail over its live mirrors first; without it a link that has some stays.'),
      validate_only: flag(false, 'Check and refuse as otherwise, but delete nothing.'),
    }),
    status: 200,
    async run({ cluster, params, query }) {
      const options = { force: query.force, validateOnly: query.validate_only };
      granted(await cluster.links.deleteLink(params.link_name, options));
    },
  }),
];

/** The published answer has no body: klink's own header takes what the caller should know. */
export function tellNotes(c: Context, notes: readonly string[]): void {
  if (notes.length > 0) c.header(NOTES_HEADER, asciiJson(notes));
}

function linkData({ clusterId, url }: ClusterOfPath, view: LinkView, withTasks: boolean) {
  return {
    ...resource('KafkaLinkData', url('links', view.name), `crn:///kafka=${clusterId}/link=${view.name}`),
    source_cluster_id: view.sourceClusterId,
    destination_cluster_id: null,
    remote_cluster_id: null,
    link_name: view.name,
    link_id: printedUuid(view.id),
    cluster_link_id: view.id,
    topic_names: view.mirrorTopics,
    link_error: view.error,
    link_error_message: view.errorMessage,
    link_state: view.state,
    tasks: withTasks ? view.tasks : null,
    category_counts: [...view.partitionCounts].map(([state_category, count]) => ({ state_category, count })),
  };
}

/** The same 16 bytes in the form with dashes, which older clients read. */
function printedUuid(id: string): string {
  const hex = Buffer.from(id, 'base64url').toString('hex').padEnd(32, '0').slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
