/**
 * Changes of a link's settings while it runs: single ones are set, or go back to their defaults, and the result is checked
 * like the settings of a new link. How the source is reached is asked of the source first, and another cluster is never
 * accepted: its topics are others, and every mirror would fail.
 */
import { fail, ok, type Result } from '../base/result.js';
import { type Refusal, refusal } from '../model/errors.js';
import type { Link } from '../model/link.js';
import { type CheckedSettings, checkLinkSettings, linkOptions } from '../model/link-settings.js';
import { filtersOfFeature, linkSettingsTable, olderSpellings } from '../model/link-settings-table.js';
import { isLive } from '../model/mirror.js';
import { linkTable } from '../model/transitions.js';
import type { SettingChange } from './commands.js';
import type { Decision } from './decide.js';
import type { ControlEvent } from './events.js';
import { few } from './mirror-words.js';
import type { SourceNeeds } from './ports/source.js';
import { needsAny, needsOf, type SourceAnswer, wrongSource } from './source-check.js';
import { type ControlState, linkNamed, mirrorsOf } from './state.js';

export interface AlterLink {
  readonly kind: 'alter-link';
  readonly link: string;
  readonly changes: readonly SettingChange[];
  readonly facts: { readonly source: SourceAnswer; readonly destinationClusterId: string | undefined };
}

interface CheckedChanges {
  readonly link: Link;
  readonly checked: CheckedSettings;
  /** The source: nothing, whether it lets us do what is new, or whether it is the same cluster. */
  readonly asks: 'nothing' | 'rights' | 'identity';
  /** Which rights: of a login that stays only those that are new. */
  readonly needs: SourceNeeds;
}

/** The checks that need no cluster. */
export function checkLinkChanges(
  state: ControlState,
  name: string,
  changes: readonly SettingChange[],
): Result<CheckedChanges, Refusal> {
  const link = linkNamed(state, name);
  if (link === undefined) return fail(refusal('LINK_NOT_FOUND', `Cluster link '${name}' does not exist.`));
  const cell = linkTable[link.kind]['link-altered'];
  if ('refused' in cell) return fail(refusal(cell.refused, `Cluster link '${name}' is ${link.kind}.`));
  const settings = new Map(Object.entries(link.settings));
  for (const { name, value } of changes) {
    // Under which name ever it is written, it replaces what is set.
    settings.delete(olderSpellings[name] ?? name);
    if (value !== undefined) settings.set(name, value);
    // Also what goes back to its default must be a setting; values are judged together.
    else if (!linkSettingsTable.some((row) => row.name === (olderSpellings[name] ?? name)))
      return fail(refusal('SETTING_UNKNOWN', `There is no link setting '${name}'.`));
  }
  for (const [enable, filters] of Object.entries(filtersOfFeature)) {
    const isTurnedOff = link.settings[enable] === 'true' && settings.get(enable) !== 'true';
    if (isTurnedOff && !changes.some((change) => change.name === filters)) settings.delete(filters);
  }
  const checked = checkLinkSettings(settings);
  if (!checked.ok) return checked;
  const before = linkOptions(link.settings);
  const { bootstrapServers, security } = checked.value.options;
  const fixed = before.ok && before.value.prefix.topics !== checked.value.options.prefix.topics;
  const live = fixed ? mirrorsOf(state, link.id).filter(isLive) : [];
  if (live.length > 0) {
    // [1.3] Source and mirror are told apart by it.
    const what = `The setting 'cluster.link.prefix' of link '${name}' cannot change while it has live mirror topics`;
    return fail(refusal('SETTING_FIXED', `${what}: ${few(live.map(({ mirrorTopic }) => mirrorTopic))}.`));
  }
  const moves = !before.ok || before.value.bootstrapServers !== bootstrapServers;
  const logsInAnew = !before.ok || JSON.stringify(before.value.security) !== JSON.stringify(security);
  const all = needsOf(checked.value.options);
  const needs = before.ok && !moves && !logsInAnew ? newNeeds(needsOf(before.value), all) : all;
  const asks = moves ? 'identity' : logsInAnew || needsAny(needs) ? 'rights' : 'nothing';
  return ok({ link, checked: checked.value, asks, needs });
}

/** A sync that was switched on, groups that were not named before. */
function newNeeds(before: SourceNeeds, after: SourceNeeds): SourceNeeds {
  return {
    acls: after.acls && !before.acls,
    groups: after.groups.filter((group) => !before.groups.includes(group)),
  };
}

export function decideSettings(state: ControlState, { link: name, changes, facts }: AlterLink): Decision {
  const found = checkLinkChanges(state, name, changes);
  if (!found.ok) return { kind: 'refused', refusal: found.error };
  const { link, checked } = found.value;
  const wrong = wrongSource(facts.source, link.sourceClusterId, facts.destinationClusterId);
  if (wrong) return { kind: 'refused', refusal: wrong };
  if (sameEntries(link.settings, checked.settings)) return { kind: 'decided', events: [] };
  const altered: ControlEvent = { kind: 'link-altered', linkId: link.id, settings: checked.settings };
  return { kind: 'decided', events: [altered, ...pauseOrResume(link, checked)] };
}

/** What the pause of a whole link is besides a setting: a state of its own. */
function pauseOrResume({ id: linkId, settings }: Link, { options: { paused } }: CheckedSettings): ControlEvent[] {
  const before = linkOptions(settings);
  if (before.ok && before.value.paused === paused) return [];
  return [{ kind: paused ? 'link-paused' : 'link-resumed', linkId }];
}

function sameEntries(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
