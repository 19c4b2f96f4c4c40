/** Published: settings of cluster links. Sensitive ones are answered as null, always, under both sets of names. */
import { z } from 'zod';
import type { LinkSetting, SettingChange } from '../../control/commands.js';
import { type ApiContext, baseUrl, clusterOf, granted, list, param, path, resource } from '../answers.js';
import { type Asked, operation } from '../operation.js';
import type { ApiSurroundings } from '../ports.js';
import { problems } from '../problems.js';
import { flag, listOf } from '../schemas/common.js';
import { alteration, linkConfig, oneValue } from '../schemas/settings.js';
import { changesOf } from './alterations.js';
import { notesHeader, tellNotes } from './links.js';

const shared = { base: 'published', tag: 'link settings' } as const;
const all = '/clusters/{cluster_id}/links/{link_name}/configs';
const one = `${all}/{config_name}`;
const trying = {
  validate_link: flag(
    true,
    'Try new credentials, and the rights that new syncs need, at the source cluster first; new addresses always are.',
  ),
};
const query = z.object(trying);

export const linkConfigOperations = [
  operation({
    ...shared,
    method: 'get',
    path: all,
    id: 'listLinkConfigs',
    summary: 'The settings of a link.',
    status: 200,
    answer: listOf('KafkaLinkConfigDataList', linkConfig),
    async run({ c, surroundings }) {
      const { cluster, link, self } = at(c, surroundings);
      const settings = granted(await cluster.links.linkSettings(link));
      const data = settings.map((setting) => settingData(self, cluster.clusterId, link, setting));
      return list('KafkaLinkConfigDataList', self, data);
    },
  }),
  operation({
    ...shared,
    method: 'get',
    path: one,
    id: 'getLinkConfig',
    summary: 'One setting of a link.',
    status: 200,
    answer: linkConfig,
    async run({ c, surroundings }) {
      const { cluster, link, self } = at(c, surroundings);
      const name = param(c, 'config_name');
      const setting = granted(await cluster.links.linkSettings(link)).find((each) => each.name === name);
      if (setting === undefined) throw problems.notFound();
      return settingData(self, cluster.clusterId, link, setting);
    },
  }),
  operation({
    ...shared,
    method: 'put',
    path: one,
    id: 'updateLinkConfig',
    summary: 'Set one setting of a link.',
    query,
    body: oneValue,
    status: 204,
    headers: notesHeader,
    async run(asked) {
      await alter(asked, [{ name: param(asked.c, 'config_name'), value: asked.body.value }], false);
    },
  }),
  operation({
    ...shared,
    method: 'delete',
    path: one,
    id: 'resetLinkConfig',
    summary: 'Set one setting of a link back to its default.',
    query,
    status: 204,
    headers: notesHeader,
    async run(asked) {
      await alter(asked, [{ name: param(asked.c, 'config_name'), value: undefined }], false);
    },
  }),
  operation({
    ...shared,
    method: 'put',
    path: `${all}:alter`,
    id: 'alterLinkConfigs',
    summary: 'Change several settings of a link, all or none.',
    query: z.object({ validate_only: flag(false, 'Check and refuse as otherwise, but change nothing.'), ...trying }),
    body: alteration,
    status: 204,
    headers: notesHeader,
    async run(asked) {
      const validateOnly = asked.body.validate_only === true || asked.query.validate_only;
      await alter(asked, changesOf(asked.body), validateOnly);
    },
  }),
];

function at(c: ApiContext, surroundings: ApiSurroundings) {
  const cluster = clusterOf(c, surroundings);
  const link = param(c, 'link_name');
  const steps = path('clusters', cluster.clusterId, 'links', link, 'configs');
  return { cluster, link, self: `${baseUrl(c, surroundings)}${steps}` };
}

async function alter(
  { c, surroundings, query }: Asked<{ readonly validate_link: boolean }, unknown>,
  changes: readonly SettingChange[],
  validateOnly: boolean,
): Promise<void> {
  const { cluster, link } = at(c, surroundings);
  const options = { validateOnly, validateLink: query.validate_link };
  tellNotes(c, granted(await cluster.links.alterLink(link, changes, options)));
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
