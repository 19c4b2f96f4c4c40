/**
 * Whether a link or a mirror may be created: every refusal that needs no question to a cluster comes first, so the
 * controller can ask those before it asks the clusters. Refuses whatever this version could not keep exact.
 */
import { fail, ok, type Result } from '../base/result.js';
import { type ErrorCode, type Refusal, refusal } from '../model/errors.js';
import type { FenceMode, Link } from '../model/link.js';
import { mirrorNameOf } from '../model/link-prefix.js';
import { type CheckedSettings, checkLinkSettings, linkOptions } from '../model/link-settings.js';
import type { Mirror, TopicSettings } from '../model/mirror.js';
import { isReservedTopic, isTopicName } from '../model/topic-names.js';
import { unsupportedSource, wantedOf } from '../model/topic-settings.js';
import { linkTable } from '../model/transitions.js';
import type { NewLink, NewMirror } from './commands.js';
import type { Decision } from './decide.js';
import type { ControlEvent } from './events.js';
import type { Absent, Refused, Unavailable } from './ports/outcome.js';
import type { SourceRefused, SourceTopic } from './ports/source.js';
import type { DestinationTopic } from './ports/topics.js';
import { type SourceAnswer, wrongSource } from './source-check.js';
import { type ControlState, linkNamed, liveMirrorNamed, mirrorKey } from './state.js';

export interface CreateLink {
  readonly kind: 'create-link';
  readonly request: NewLink;
  readonly facts: {
    /** Drawn; used when the caller names none. */
    readonly linkId: string;
    readonly source: SourceAnswer;
    readonly destinationClusterId: string | undefined;
    /** `unasked`: a dry run, which must not make the scratch topic of the probe. */
    readonly fence:
      | { readonly kind: 'done'; readonly fence: FenceMode }
      | { readonly kind: 'unasked' }
      | Refused
      | Unavailable;
  };
}

export interface CreateMirror {
  readonly kind: 'create-mirror';
  readonly link: string;
  readonly request: NewMirror;
  readonly facts: {
    /** 32 hex digits, drawn. */
    readonly lineageRandom: string;
    readonly source: SourceTopic | Absent | SourceRefused | Unavailable;
    readonly destination: DestinationTopic | Absent | Refused | Unavailable;
  };
}

/** The checks that need no cluster. */
export function checkNewLink(state: ControlState, request: NewLink): Result<CheckedSettings, Refusal> {
  const { name, linkId, settings } = request;
  // In an address a dot or two mean the step above, and the dash all links.
  if (/^(\.{1,2}|-)$/.test(name)) {
    return no('LINK_NAME_INVALID', `Cluster link name '${name}' is not valid: it means something else in an address.`);
  }
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) return no('LINK_NAME_INVALID', `Cluster link name '${name}' is not valid.`);
  if (linkNamed(state, name)) return no('LINK_EXISTS', `Cluster link '${name}' already exists.`);
  if (linkId !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(linkId)) {
    return no('LINK_ID_INVALID', `Cluster link id '${linkId}' is not 22 characters of base64url.`);
  }
  if (linkId !== undefined && state.links.has(linkId)) return no('LINK_EXISTS', `Cluster link id ${linkId} is in use.`);
  return checkLinkSettings(settings);
}

export function decideLink(state: ControlState, { request, facts }: CreateLink): Decision {
  const checked = checkNewLink(state, request);
  if (!checked.ok) return { kind: 'refused', refusal: checked.error };
  const { source, fence, destinationClusterId } = facts;
  const wrong = wrongSource(source, request.sourceClusterId, destinationClusterId);
  if (wrong) return { kind: 'refused', refusal: wrong };
  if (fence.kind === 'refused') return refused('DESTINATION_REFUSED', `The fence cannot be probed: ${fence.reason}.`);
  if (fence.kind === 'unavailable') {
    return refused('DESTINATION_UNREACHABLE', `The destination does not answer: ${fence.reason}.`);
  }
  const event = {
    kind: 'link-created',
    linkId: request.linkId ?? facts.linkId,
    name: request.name,
    sourceClusterId: source.kind === 'done' ? source.clusterId : request.sourceClusterId,
    settings: checked.value.settings,
    fence: fence.kind === 'done' ? fence.fence : { mode: 3, reason: 'not probed' },
    marker: { number: 1, epoch: 0 },
  } satisfies ControlEvent;
  const { linkId } = event;
  const { paused } = checked.value.options;
  return { kind: 'decided', events: paused ? [event, { kind: 'link-paused', linkId }] : [event] };
}

interface CheckedMirror {
  readonly link: Link;
  /** What stands under this name and will be replaced. */
  readonly before: Mirror | undefined;
  readonly mirrorTopic: string;
  readonly syncedSettings: readonly string[];
  readonly independent: TopicSettings;
}

/** The checks that need no cluster. */
export function checkNewMirror(
  state: ControlState,
  linkName: string,
  request: NewMirror,
): Result<CheckedMirror, Refusal> {
  const { sourceTopic, settings } = request;
  const link = linkNamed(state, linkName);
  if (link === undefined) return no('LINK_NOT_FOUND', `Cluster link '${linkName}' does not exist.`);
  const cell = linkTable[link.kind]['mirror-added'];
  if ('refused' in cell) return no(cell.refused, `Cluster link '${linkName}' is ${link.kind}.`);
  const options = linkOptions(link.settings);
  if (!options.ok) return options;
  const mirrorTopic = mirrorNameOf(options.value.prefix, sourceTopic);
  for (const topic of [sourceTopic, request.mirrorTopic ?? mirrorTopic]) {
    if (!isTopicName(topic)) return no('TOPIC_NAME_INVALID', `Topic name '${topic}' is not valid.`);
    if (isReservedTopic(topic)) return no('TOPIC_RESERVED', `Topic '${topic}' cannot be mirrored.`);
  }
  if (request.mirrorTopic !== undefined && request.mirrorTopic !== mirrorTopic) {
    const what = `Topic renaming for mirroring not yet supported: on link '${linkName}' the mirror of '${sourceTopic}' is`;
    return no('TOPIC_RENAMED', `${what} '${mirrorTopic}'.`);
  }
  const live = liveMirrorNamed(state, mirrorTopic);
  // A failed mirror may be made anew once its topic is gone; the destination is asked for that.
  const replaceable = live === undefined || (live.kind === 'FAILED' && live.linkId === link.id);
  if (!replaceable) {
    const of = state.links.get(live.linkId)?.name ?? live.linkId;
    return no('MIRROR_EXISTS', `Topic '${mirrorTopic}' already exists: it is a mirror topic of link '${of}'.`);
  }
  const before = state.mirrors.get(mirrorKey({ linkId: link.id, mirrorTopic }));
  const { syncedSettings } = options.value;
  const following = [...settings.keys()].find((name) => syncedSettings.includes(name));
  if (following !== undefined) {
    return no('SETTING_UNSUPPORTED', `The setting '${following}' of a mirror topic follows its source.`);
  }
  const { replicationFactor } = request;
  if (replicationFactor !== undefined && !(replicationFactor >= 1 && replicationFactor <= 32_767)) {
    return no('SETTING_INVALID', `A replication factor of ${replicationFactor} is not possible.`);
  }
  return ok({ link, before, mirrorTopic, syncedSettings, independent: Object.fromEntries(settings) });
}

export function decideMirror(state: ControlState, command: CreateMirror): Decision {
  const { request, facts } = command;
  const checked = checkNewMirror(state, command.link, request);
  if (!checked.ok) return { kind: 'refused', refusal: checked.error };
  const { link, before, mirrorTopic, syncedSettings, independent } = checked.value;
  const { sourceTopic } = request;
  const { source, destination } = facts;
  switch (destination.kind) {
    case 'found': {
      const what = before?.kind === 'FAILED' ? 'is a failed mirror' : 'is writable';
      return refused('TOPIC_EXISTS', `Topic '${mirrorTopic}' already exists at the destination and ${what}.`);
    }
    case 'refused':
      return refused('DESTINATION_REFUSED', `The destination refuses klink: ${destination.reason}.`);
    case 'unavailable':
      return refused('DESTINATION_UNREACHABLE', `The destination does not answer: ${destination.reason}.`);
    case 'absent':
  }
  switch (source.kind) {
    case 'absent':
      return refused('SOURCE_TOPIC_NOT_FOUND', `The source cluster has no topic '${sourceTopic}'.`);
    case 'refused':
      return refused('SOURCE_REFUSED', `The source refuses klink: ${source.reason}.`);
    case 'unavailable':
      return refused('SOURCE_UNREACHABLE', `The source cluster does not answer: ${source.reason}.`);
    case 'found':
  }
  const late = source.partitions.findIndex(({ logStart }) => logStart > 0n);
  if (late >= 0) {
    const what = `Partition ${late} of the source topic begins at offset ${source.partitions[late]?.logStart}, not at 0.`;
    return refused('SOURCE_LOG_START', what);
  }
  const unsupported = unsupportedSource(source.settings);
  if (unsupported) return refused('SOURCE_UNSUPPORTED', `Topic '${sourceTopic}' cannot be mirrored: ${unsupported}`);
  const name = { linkId: link.id, mirrorTopic };
  const forgotten: ControlEvent[] = before ? [{ kind: 'mirror-forgotten', ...name }] : [];
  const created: ControlEvent = {
    kind: 'mirror-created',
    ...name,
    sourceTopic,
    sourceTopicId: source.topicId,
    // [1.1] Journalled before anything is written under it.
    lineage: {
      number: (before?.lineage.number ?? 0) + 1,
      random: facts.lineageRandom,
      startOffsets: source.partitions.map(() => 0n),
    },
    partitions: source.partitions.length,
    replicationFactor: request.replicationFactor ?? -1,
    wanted: wantedOf(source.settings, syncedSettings),
    independent,
  };
  return { kind: 'decided', events: [...forgotten, created] };
}

function no(code: ErrorCode, what: string): { readonly ok: false; readonly error: Refusal } {
  return fail(refusal(code, what));
}

function refused(code: ErrorCode, what: string): Decision {
  return { kind: 'refused', refusal: refusal(code, what) };
}
