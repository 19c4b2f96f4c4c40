/** Published: cluster links of one destination cluster. Sensitive settings are answered as null, always. */
import type { Hono } from 'hono';
import { z } from 'zod';
import type { LinkSetting, LinkView, SettingChange } from '../../control/commands.js';
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
import { asciiJson, NOTES_HEADER } from '../client/notes-header.js';
import type { ApiSurroundings } from '../ports.js';
import { Problem, problems } from '../problems.js';
import { alteration, changesOf, nameValue, oneValue } from './alterations.js';

const newLink = z.object({
  source_cluster_id: z.string().nullish(),
  destination_cluster_id: z.string().nullish(),
  remote_cluster_id: z.string().nullish(),
  cluster_link_id: z.string().nullish(),
  configs: z.array(nameValue).nullish(),
});

export function linkRoutes(app: Hono, surroundings: ApiSurroundings): void {
  app.get('/clusters/:cluster/links', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'links')}`;
    const links = granted(await cluster.links.links());
    return json(
      c,
      list(
        'KafkaLinkDataList',
        self,
        links.map((link) => linkData(self, cluster.clusterId, link, false)),
      ),
    );
  });
  app.post('/clusters/:cluster/links', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const name = c.req.query('link_name');
    if (!name) throw new Problem(400, 40002, 'Invalid Cluster Link Name.');
    const wanted = await body(c, newLink);
    if (wanted.destination_cluster_id || wanted.remote_cluster_id) {
      throw problems.unsupported('Only links of mode DESTINATION, with a source_cluster_id, can be created yet.');
    }
    const settings = new Map<string, string>();
    for (const config of wanted.configs ?? []) {
      if (settings.has(config.name)) throw problems.invalid(`The setting '${config.name}' is given twice.`);
      if (config.value != null) settings.set(config.name, config.value);
    }
    const request = {
      name,
      sourceClusterId: wanted.source_cluster_id ?? undefined,
      linkId: wanted.cluster_link_id ?? undefined,
      settings,
    };
    const validateOnly = flag(c, 'validate_only', false);
    const options = { validateOnly, validateLink: flag(c, 'validate_link', true) };
    return done(c, granted(await cluster.links.createLink(request, options)));
  });
  app.get('/clusters/:cluster/links/:link', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'links')}`;
    const link = granted(await cluster.links.link(param(c, 'link')));
    return json(c, linkData(self, cluster.clusterId, link, flag(c, 'include_tasks', false)));
  });
  app.delete('/clusters/:cluster/links/:link', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const options = { force: flag(c, 'force', false), validateOnly: flag(c, 'validate_only', false) };
    granted(await cluster.links.deleteLink(param(c, 'link'), options));
    return c.body(null, 200);
  });
  app.get('/clusters/:cluster/links/:link/configs', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const link = param(c, 'link');
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'links', link, 'configs')}`;
    const settings = granted(await cluster.links.linkSettings(link));
    const data = settings.map((setting) => settingData(self, cluster.clusterId, link, setting));
    return json(c, list('KafkaLinkConfigDataList', self, data));
  });
  app.get('/clusters/:cluster/links/:link/configs/:name', async (c) => {
    const cluster = clusterOf(c, surroundings);
    const link = param(c, 'link');
    const self = `${baseUrl(c, surroundings)}${path('clusters', cluster.clusterId, 'links', link, 'configs')}`;
    const setting = granted(await cluster.links.linkSettings(link)).find((each) => each.name === param(c, 'name'));
    if (setting === undefined) throw problems.notFound();
    return json(c, settingData(self, cluster.clusterId, link, setting));
  });
  app.put('/clusters/:cluster/links/:link/configs/:name', async (c) => {
    const { value } = await body(c, oneValue);
    return alter(c, surroundings, [{ name: param(c, 'name'), value }]);
  });
  app.delete('/clusters/:cluster/links/:link/configs/:name', (c) => {
    return alter(c, surroundings, [{ name: param(c, 'name'), value: undefined }]);
  });
  app.put('/clusters/:cluster/links/:link/configs:alter', async (c) => {
    const wanted = await body(c, alteration);
    const validateOnly = wanted.validate_only === true || flag(c, 'validate_only', false);
    return alter(c, surroundings, changesOf(wanted), validateOnly);
  });
}

async function alter(
  c: ApiContext,
  surroundings: ApiSurroundings,
  changes: readonly SettingChange[],
  validateOnly = false,
): Promise<Response> {
  const cluster = clusterOf(c, surroundings);
  const options = { validateOnly, validateLink: flag(c, 'validate_link', true) };
  return done(c, granted(await cluster.links.alterLink(param(c, 'link'), changes, options)));
}

/** The published answer has no body: klink's own header takes what the caller should know, as a JSON array in ASCII. */
function done(c: ApiContext, notes: readonly string[]): Response {
  if (notes.length > 0) c.header(NOTES_HEADER, asciiJson(notes));
  return c.body(null, 204);
}

function linkData(linksUrl: string, clusterId: string, link: LinkView, withTasks: boolean) {
  return {
    ...resource('KafkaLinkData', `${linksUrl}${path(link.name)}`, `crn:///kafka=${clusterId}/link=${link.name}`),
    source_cluster_id: link.sourceClusterId,
    destination_cluster_id: null,
    remote_cluster_id: null,
    link_name: link.name,
    link_id: printedUuid(link.id),
    cluster_link_id: link.id,
    topic_names: link.mirrorTopics,
    link_error: link.error,
    link_error_message: link.errorMessage,
    link_state: link.state,
    tasks: withTasks ? link.tasks : null,
    category_counts: [...link.partitionCounts].map(([state_category, count]) => ({ state_category, count })),
  };
}

/** The same 16 bytes in the form with dashes, which older clients read. */
function printedUuid(id: string): string {
  const hex = Buffer.from(id, 'base64url').toString('hex').padEnd(32, '0').slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function settingData(settingsUrl: string, clusterId: string, link: string, setting: LinkSetting) {
  const { name, isDefault, isReadOnly, isSensitive } = setting;
  return {
    ...resource('KafkaLinkConfigData', `${settingsUrl}${path(name)}`, `crn:///kafka=${clusterId}/link=${link}`),
    cluster_id: clusterId,
    link_name: link,
    name,
    value: isSensitive ? null : setting.value,
    is_default: isDefault,
    is_read_only: isReadOnly,
    is_sensitive: isSensitive,
    default: isDefault,
    read_only: isReadOnly,
    sensitive: isSensitive,
    source: isDefault ? 'DEFAULT_CONFIG' : 'DYNAMIC_CLUSTER_LINK_CONFIG',
    synonyms: [],
    note: setting.note,
  };
}
