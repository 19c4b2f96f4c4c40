/**
 * Published: mirror topics of a link, or of all links (`-`), and the four verbs. A verb that a topic refuses is a row
 * with code and message inside a 200, never an error of the whole request.
 */
import type { Hono } from 'hono';
import { z } from 'zod';
import type { MirrorView, PartitionLag } from '../../control/commands.js';
import { type MirrorStatus, publishedMirrorStatus } from '../../model/projection.js';
import {
  type ApiContext,
  baseUrl,
  body,
  clusterOf,
  flag,
  granted,
  json,
  list,
  param,
  path,
  resource,
} from '../answers.js';
import type { MirrorVerb } from '../client/shapes.js';
import type { ApiSurroundings } from '../ports.js';
import { problems } from '../problems.js';
import { nameValue } from './alterations.js';

const newMirror = z.object({
  source_topic_name: z.string().min(1, 'It must not be empty.'),
  mirror_topic_name: z.string().min(1, 'It must not be empty.').nullish(),
  replication_factor: z.int().min(1).nullish(),
  configs: z.array(nameValue).nullish(),
});
const selection = z.object({
  mirror_topic_names: z.array(z.string()).nullish(),
  mirror_topic_name_pattern: z.string().nullish(),
  without_barrier: z.array(z.int().min(0)).nullish(),
  retention: z.enum(['after-grace', 'now']).nullish(),
});
const verbs: readonly MirrorVerb[] = ['pause', 'resume', 'promote', 'failover'];
const ALL_LINKS = '-';

export function mirrorRoutes(app: Hono, surroundings: ApiSurroundings): void {
  app.get('/clusters/:cluster/links/:link/mirrors', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const link = param(c, 'link');
    const status = wantedStatus(c.req.query('mirror_status'));
    const mirrors = granted(await cluster.links.mirrors(link === ALL_LINKS ? undefined : link));
    const data = mirrors
      .filter((mirror) => !status || mirror.status === status)
      .map((mirror) => mirrorData(c, surroundings, cluster.clusterId, mirror, false));
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'links', link, 'mirrors')}`;
    return json(c, list('KafkaMirrorDataList', self, data));
  });
  app.post('/clusters/:cluster/links/:link/mirrors', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const wanted = await body(c, newMirror);
    const settings = new Map<string, string>();
    for (const { name, value } of wanted.configs ?? []) if (value != null) settings.set(name, value);
    const request = {
      sourceTopic: wanted.source_topic_name,
      mirrorTopic: wanted.mirror_topic_name ?? undefined,
      replicationFactor: wanted.replication_factor ?? undefined,
      settings,
    };
    granted(await cluster.links.createMirror(param(c, 'link'), request));
    return c.body(null, 204);
  });
  app.get('/clusters/:cluster/links/:link/mirrors/:topic', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const mirror = granted(await cluster.links.mirror(param(c, 'link'), param(c, 'topic')));
    const withErrors = flag(c, 'include_state_transition_errors', false);
    return json(c, mirrorData(c, surroundings, cluster.clusterId, mirror, withErrors));
  });
  for (const verb of verbs) {
    app.post(`/clusters/:cluster/links/:link/mirrors:${verb}`, (c) => alter(c, surroundings, verb));
  }
}

async function alter(c: ApiContext, surroundings: ApiSurroundings, verb: MirrorVerb): Promise<Response> {
  const cluster = clusterOf(c, surroundings);
  const link = param(c, 'link');
  const wanted = await body(c, selection);
  const { mirror_topic_names: names, mirror_topic_name_pattern: pattern } = wanted;
  const withoutBarrier = wanted.without_barrier ?? undefined;
  if ((names == null) === (pattern == null)) {
    throw problems.invalid('Give either mirror_topic_names or mirror_topic_name_pattern.');
  }
  const retention = wanted.retention ?? undefined;
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
  const validateOnly = flag(c, 'validate_only', false);
  const rows = granted(
    await cluster.links.alterMirrors(link, verb, topics, validateOnly, { retention, withoutBarrier }),
  );
  const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'links', link, 'mirrors')}`;
  const data = rows.map((row) => ({
    ...resource(
      'AlterMirrorsData',
      `${self}${path(row.mirrorTopic)}`,
      `crn:///kafka=${cluster.clusterId}/mirror=${row.mirrorTopic}`,
    ),
    mirror_topic_name: row.mirrorTopic,
    error_code: row.refusal?.code ?? null,
    error_message: row.refusal?.message ?? null,
    mirror_lags: lagData(row.lags),
    messages_truncated: null,
    partition_level_truncation_data: [],
    groups_above: row.groupsAbove,
    without_barrier: row.withoutBarrier,
  }));
  return json(c, list('KafkaPromoteMirror', `${self}:${verb}`, data));
}

/** Undefined: any. A status that does not exist would find nothing for ever, and a script would take that for "none". */
function wantedStatus(text: string | undefined): MirrorStatus | undefined {
  if (!text) return undefined;
  const found = publishedMirrorStatus.find((each) => each === text.toUpperCase());
  if (found !== undefined) return found;
  throw problems.invalid(`There is no mirror status '${text}'. Give one of ${publishedMirrorStatus.join(', ')}.`);
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

function mirrorData(
  c: ApiContext,
  surroundings: ApiSurroundings,
  clusterId: string,
  mirror: MirrorView,
  withErrors: boolean,
) {
  const steps = ['clusters', clusterId, 'links', mirror.linkName, 'mirrors', mirror.mirrorTopic];
  const errors = mirror.pending === undefined ? [] : [{ error_code: 'PENDING', error_message: mirror.pending }];
  return {
    ...resource(
      'KafkaMirrorData',
      `${baseUrl(c, surroundings)}${path(...steps)}`,
      `crn:///kafka=${clusterId}/link=${mirror.linkName}/mirror=${mirror.mirrorTopic}`,
    ),
    link_name: mirror.linkName,
    mirror_topic_name: mirror.mirrorTopic,
    source_topic_name: mirror.sourceTopic,
    num_partitions: mirror.partitions.length,
    mirror_lags: lagData(mirror.partitions),
    mirror_status: mirror.status,
    mirror_topic_error: mirror.topicError,
    state_time_ms: mirror.stateTimeMs,
    mirror_state_transition_errors: withErrors ? errors : undefined,
  };
}

function lagData(lags: readonly PartitionLag[]) {
  return lags.map(({ partition, lag, lastSourceFetchOffset }) => {
    return { partition, lag, last_source_fetch_offset: lastSourceFetchOffset };
  });
}
