/** Published: settings of cluster links. Sensitive ones are answered as null, always, under both sets of names. */
import { z } from 'zod';
import type { LinkSetting, SettingChange } from '../../control/commands.js';
import { granted, list, resource } from '../answers.js';
import type { ClusterOfPath } from '../cluster-of-path.js';
import { type Asked, operation } from '../operation.js';
import { problems } from '../problems.js';
import { flag, listOf } from '../schemas/common.js';
import { alteration, linkConfig, oneValue } from '../schemas/settings.js';
import { changesOf } from './alterations.js';
import { notesHeader, tellNotes } from './links.js';

const shared = { base: 'published', tag: 'link settings' } as const;
const all = '/clusters/{cluster_id}/links/{link_name}/configs';
const one = `${all}/{config_name}` as const;
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
    async run({ cluster, params: { link_name: link } }) {
      const settings = granted(await cluster.links.linkSettings(link));
      const data = settings.map((setting) => settingData(cluster, link, setting));
      return list('KafkaLinkConfigDataList', cluster.url('links', link, 'configs'), data);
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
    async run({ cluster, params: { link_name: link, config_name: name } }) {
      const setting = granted(await cluster.links.linkSettings(link)).find((each) => each.name === name);
      if (setting === undefined) throw problems.notFound();
      return settingData(cluster, link, setting);
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
      await alter(asked, [{ name: asked.params.config_name, value: asked.body.value }], false);
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
      await alter(asked, [{ name: asked.params.config_name, value: undefined }], false);
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

async function alter(
  { c, cluster, params, query }: Asked<typeof all, { readonly validate_link: boolean }, unknown>,
  changes: readonly SettingChange[],
  validateOnly: boolean,
): Promise<void> {
  const options = { validateOnly, validateLink: query.validate_link };
  tellNotes(c, granted(await cluster.links.alterLink(params.link_name, changes, options)));
}

function settingData({ clusterId, url }: ClusterOfPath, link: string, setting: LinkSetting) {
  const { name, isDefault, isReadOnly, isSensitive } = setting;
  return {
    ...resource('KafkaLinkConfigData', url('links', link, 'configs', name), `crn:///kafka=${clusterId}/link=${link}`),
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
