/**
 * Command + state + facts → events or a refusal. Pure: facts (what the clusters answered, fresh random bits) come with
 * the command, so a dry run is this very code without the recording. Asks the tables of `model/transitions.ts`; the
 * checks of new links and mirrors stand in `decide-new.ts`, those of changed settings in `decide-settings.ts`.
 */
import type { MarkerIdentity, PartitionFailure } from '../model/assignment.js';
import { type ErrorCode, type Refusal, refusal } from '../model/errors.js';
import { type Link, type LinkError, nextMarker } from '../model/link.js';
import { linkOptions } from '../model/link-settings.js';
import { isLive, type Mirror, type RetentionChoice } from '../model/mirror.js';
import { sameSettings } from '../model/topic-settings.js';
import {
  countsFailures,
  type LinkEventKind,
  linkTable,
  type MirrorEventKind,
  mayGoBackToCopying,
  mirrorTable,
  stepTable,
} from '../model/transitions.js';
import type { MirrorVerb } from './commands.js';
import { type CreateLink, type CreateMirror, decideLink, decideMirror } from './decide-new.js';
import { type AlterLink, decideSettings } from './decide-settings.js';
import { decideWaiver, type WaiveBarriers } from './decide-waiver.js';
import type { AclEvent, ControlEvent, LinkEvent, MirrorEvent, StepEvent } from './events.js';
import { decideIdentity, type IdentityCommand } from './identity/decide.js';
import { few, namedMirror, stateInWords } from './mirror-words.js';
import type { Unavailable } from './ports/outcome.js';
import type { SourceRefused } from './ports/source.js';
import { type ControlState, linkNamed, mirrorKey, mirrorsOf } from './state.js';

export type Decision =
  | { readonly kind: 'decided'; readonly events: readonly ControlEvent[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

interface OfMirror {
  readonly linkId: string;
  readonly mirrorTopic: string;
}

export type Command =
  | { readonly kind: 'take-over' }
  | CreateLink
  | CreateMirror
  | AlterLink
  | { readonly kind: 'delete-link'; readonly name: string; readonly force: boolean }
  /** The last live mirror of a link deleted by force has stopped. */
  | { readonly kind: 'finish-link-deletion'; readonly linkId: string }
  | { readonly kind: 'fail-link'; readonly linkId: string; readonly error: LinkError; readonly message: string }
  | { readonly kind: 'recover-link'; readonly linkId: string }
  | { readonly kind: 'identify-source'; readonly linkId: string; readonly sourceClusterId: string }
  | { readonly kind: 'raise-marker'; readonly linkId: string }
  | { readonly kind: 'record-acls'; readonly event: Extract<AclEvent, { readonly kind: 'acls-recorded' }> }
  | {
      readonly kind: 'alter-mirror';
      readonly link: string;
      readonly mirrorTopic: string;
      readonly verb: MirrorVerb;
      readonly retention: RetentionChoice;
      /** Only promotion asks for it: what the source answered just now. */
      readonly source: { readonly kind: 'done' } | SourceRefused | Unavailable;
    }
  | WaiveBarriers
  | { readonly kind: 'forget-mirror'; readonly mirrorTopic: string }
  | ({ readonly kind: 'fail-partitions'; readonly failures: readonly PartitionFailure[] } & OfMirror)
  | IdentityCommand
  /** What a task of reconcile has done or found. */
  | { readonly kind: 'record'; readonly event: TaskEvent };

export type TaskEvent =
  | StepEvent
  | Extract<
      MirrorEvent,
      {
        readonly kind:
          | 'mirror-made'
          | 'mirror-abandoned'
          | 'destination-truncated'
          | 'mirror-grown'
          | 'wanted-changed'
          | 'promotion-caught-up'
          | 'promotion-fell-behind'
          | 'deferred-settings-applied';
      }
    >;

export function decide(state: ControlState, command: Command): Decision {
  switch (command.kind) {
    case 'take-over':
      return decided({ kind: 'took-over' });
    case 'create-link':
      return decideLink(state, command);
    case 'create-mirror':
      return decideMirror(state, command);
    case 'alter-link':
      return decideSettings(state, command);
    case 'delete-link':
      return deleteLink(state, command.name, command.force);
    case 'finish-link-deletion':
      return finishDeletion(state, command.linkId);
    case 'fail-link': {
      const { linkId, error, message } = command;
      return forLink(state, { kind: 'link-failed', linkId, error, message });
    }
    case 'recover-link':
      return recoverLink(state, command.linkId);
    case 'identify-source': {
      const { linkId, sourceClusterId } = command;
      return forLink(state, { kind: 'source-identified', linkId, sourceClusterId });
    }
    case 'raise-marker':
      return raiseMarker(state, command.linkId);
    case 'record-acls':
      return recordAcls(state, command.event);
    case 'alter-mirror':
      return alterMirror(state, command);
    case 'waive-barriers':
      return decideWaiver(state, command);
    case 'forget-mirror': {
      const mirrors = [...state.mirrors.values()].filter((each) => each.mirrorTopic === command.mirrorTopic);
      if (mirrors.length === 0) return refused('MIRROR_NOT_FOUND', `Topic '${command.mirrorTopic}' is no mirror.`);
      return decided(...mirrors.map((mirror): ControlEvent => ({ kind: 'mirror-forgotten', ...nameOf(mirror) })));
    }
    case 'fail-partitions':
      return failPartitions(state, command, command.failures);
    case 'record':
      return record(state, command.event);
    default: {
      const events = decideIdentity(state, command);
      return events.ok ? decided(...events.value) : { kind: 'refused', refusal: events.error };
    }
  }
}

function decided(...events: readonly ControlEvent[]): Decision {
  return { kind: 'decided', events };
}

function refused(code: ErrorCode, what: string): Decision {
  return { kind: 'refused', refusal: refusal(code, what) };
}

function nameOf({ linkId, mirrorTopic }: OfMirror): OfMirror {
  return { linkId, mirrorTopic };
}

function forLink(state: ControlState, event: LinkEvent & { readonly kind: LinkEventKind }): Decision {
  const link = state.links.get(event.linkId);
  if (link === undefined) return refused('LINK_NOT_FOUND', `Cluster link ${event.linkId} does not exist.`);
  const cell = linkTable[link.kind][event.kind];
  return 'next' in cell ? decided(event) : refused(cell.refused, linkIs(link));
}

/** Only while the link is there: who brings ACLs answers for them. */
function recordAcls(state: ControlState, event: Extract<AclEvent, { readonly kind: 'acls-recorded' }>): Decision {
  const link = state.links.get(event.linkId);
  if (link === undefined) return refused('LINK_NOT_FOUND', `Cluster link ${event.linkId} does not exist.`);
  return decided(event);
}

function linkIs(link: Link): string {
  const why = link.kind === 'FAILED' ? `: ${link.message}` : '';
  return `Cluster link '${link.name}' is ${link.kind}${why}.`;
}

/** A pause outlives the failure: nothing may flow between the two. */
function recoverLink(state: ControlState, linkId: string): Decision {
  const recovered = forLink(state, { kind: 'link-recovered', linkId });
  const options = linkOptions(state.links.get(linkId)?.settings ?? {});
  if (recovered.kind === 'refused' || !options.ok || !options.value.paused) return recovered;
  return decided(...recovered.events, { kind: 'link-paused', linkId });
}

function raiseMarker(state: ControlState, linkId: string): Decision {
  const link = state.links.get(linkId);
  if (link === undefined) return refused('LINK_NOT_FOUND', `Cluster link ${linkId} does not exist.`);
  const marker: MarkerIdentity = nextMarker(link.marker);
  return forLink(state, { kind: 'marker-raised', linkId, marker });
}

function deleteLink(state: ControlState, name: string, force: boolean): Decision {
  const link = linkNamed(state, name);
  if (link === undefined) return refused('LINK_NOT_FOUND', `Cluster link '${name}' does not exist.`);
  const mirrors = mirrorsOf(state, link.id);
  const live = mirrors.filter(isLive);
  if (live.length === 0) return removeLink(state, link, mirrors);
  if (!force) {
    const names = live.map((mirror) => mirror.mirrorTopic);
    return refused('LINK_HAS_MIRRORS', `Cluster link '${name}' still has live mirror topics: ${few(names)}.`);
  }
  const cell = linkTable[link.kind]['link-deletion-begun'];
  if ('refused' in cell) return refused(cell.refused, linkIs(link));
  // No fence is lifted before the barriers of its topic: live mirrors fail over first (8).
  const events = live.flatMap((mirror): ControlEvent[] => {
    if (mirror.kind === 'STOPPING') return [];
    if (mirror.kind === 'CREATING') return [{ kind: 'mirror-forgotten', ...nameOf(mirror) }];
    return [{ kind: 'failover-begun', ...nameOf(mirror), retention: 'after-grace' }];
  });
  return decided(...events, { kind: 'link-deletion-begun', linkId: link.id });
}

function finishDeletion(state: ControlState, linkId: string): Decision {
  const link = state.links.get(linkId);
  if (link === undefined) return refused('LINK_NOT_FOUND', `Cluster link ${linkId} does not exist.`);
  const mirrors = mirrorsOf(state, linkId);
  if (link.kind !== 'DELETING' || mirrors.some(isLive)) {
    return refused('LINK_HAS_MIRRORS', `Cluster link '${link.name}' still has live mirror topics.`);
  }
  return removeLink(state, link, mirrors);
}

function removeLink(state: ControlState, link: Link, mirrors: readonly Mirror[]): Decision {
  // A topic that still waits for the settings that delete keeps its entry: else it would hold its records for ever (8 (5)).
  const forgotten = mirrors
    .filter((mirror) => mirror.kind !== 'STOPPED' || mirror.deferred === undefined)
    .map((mirror): ControlEvent => ({ kind: 'mirror-forgotten', ...nameOf(mirror) }));
  // What its ACL sync has brought stays, and is nobody's to delete any more.
  const acls: ControlEvent[] = state.acls.has(link.id) ? [{ kind: 'acls-forgotten', linkId: link.id }] : [];
  return decided(...forgotten, ...acls, { kind: 'link-deleted', linkId: link.id });
}

type AlterMirror = Extract<Command, { readonly kind: 'alter-mirror' }>;

const eventOfVerb: Readonly<
  Record<MirrorVerb, MirrorEventKind & ('mirror-paused' | 'mirror-resumed' | 'promotion-begun' | 'failover-begun')>
> = {
  pause: 'mirror-paused',
  resume: 'mirror-resumed',
  promote: 'promotion-begun',
  failover: 'failover-begun',
};

function alterMirror(state: ControlState, command: AlterMirror): Decision {
  const { mirrorTopic, verb, retention, source } = command;
  const found = namedMirror(state, command);
  if (!found.ok) return { kind: 'refused', refusal: found.error };
  const { link, mirror } = found.value;
  const kind = eventOfVerb[verb];
  const cell = mirrorTable[mirror.kind][kind];
  if ('refused' in cell) return refused(cell.refused, stateInWords[mirror.kind](mirrorTopic, link.name));
  const name = nameOf(mirror);
  if (kind === 'mirror-paused' || kind === 'mirror-resumed') return decided({ kind, ...name });
  if (kind === 'failover-begun') return decided({ kind, ...name, retention });
  // Promotion loses nothing, so it needs the source; failover never asks for it (P5).
  if (link.kind !== 'ACTIVE') return refused('LINK_NOT_ACTIVE', linkIs(link));
  if (source.kind === 'refused') return refused('SOURCE_REFUSED', `The source refuses klink: ${source.reason}.`);
  if (source.kind === 'unavailable') {
    return refused(
      'SOURCE_UNREACHABLE',
      `The source does not answer (${source.reason}); promotion would never end, failover needs no source.`,
    );
  }
  return decided({ kind, ...name, retention });
}

function failPartitions(state: ControlState, of: OfMirror, failures: readonly PartitionFailure[]): Decision {
  const name = nameOf(of);
  const mirror = state.mirrors.get(mirrorKey(of));
  if (mirror === undefined) return refused('MIRROR_NOT_FOUND', `There is no mirror topic '${of.mirrorTopic}'.`);
  const known = mirror.kind === 'FAILED' || mirror.kind === 'STOPPING' ? mirror.failures : [];
  const fresh = failures.filter(({ partition }) => !known.some((each) => each.partition === partition));
  if (fresh.length === 0) return decided();
  const cell = mirrorTable[mirror.kind]['partitions-failed'];
  if ('refused' in cell) return refused(cell.refused, `Mirror '${of.mirrorTopic}' is ${mirror.kind}.`);
  if (mirror.kind !== 'STOPPING') return decided({ kind: 'partitions-failed', ...name, failures: fresh });
  // Once the ends stand in the journal a late finding changes nothing any more.
  if (!countsFailures(mirror.step)) return decided();
  // Once a barrier may stand somewhere there is no way back, for a promotion neither.
  if (mirror.verb === 'failover' || !mayGoBackToCopying(mirror.step))
    return decided({ kind: 'partitions-failed', ...name, failures: fresh });
  // A promotion promised to lose nothing: it is off, and the operator decides.
  const [first] = fresh;
  const reason = `partition ${first?.partition} failed: ${first?.reason}`;
  return decided(
    { kind: 'promotion-fell-behind', ...name, reason },
    { kind: 'partitions-failed', ...name, failures: fresh },
  );
}

function record(state: ControlState, event: TaskEvent): Decision {
  const mirror = state.mirrors.get(mirrorKey(event));
  if (mirror === undefined) return refused('MIRROR_NOT_FOUND', `There is no mirror topic '${event.mirrorTopic}'.`);
  const cell = mirrorTable[mirror.kind][event.kind];
  if ('refused' in cell) return refused(cell.refused, `Mirror '${event.mirrorTopic}' is ${mirror.kind}.`);
  switch (event.kind) {
    case 'mirror-made':
    case 'mirror-abandoned':
    case 'destination-truncated':
    case 'promotion-caught-up':
      return decided(event);
    case 'deferred-settings-applied':
      // Its link was deleted meanwhile: nothing is left to remember.
      if (!state.links.has(mirror.linkId)) return decided({ kind: 'mirror-forgotten', ...nameOf(mirror) });
      return decided(event);
    case 'mirror-grown':
      return event.partitions > mirror.partitions ? decided(event) : decided();
    case 'wanted-changed':
      return sameSettings(event.wanted, mirror.wanted) ? decided() : decided(event);
    default:
  }
  if (mirror.kind !== 'STOPPING') return refused('NOT_APPLICABLE', `Mirror '${event.mirrorTopic}' is ${mirror.kind}.`);
  const { step } = mirror;
  const possible =
    event.kind === 'promotion-fell-behind'
      ? mirror.verb === 'promote' && mayGoBackToCopying(step)
      : 'next' in stepTable[step.kind][event.kind];
  if (possible) return decided(event);
  return refused('NOT_APPLICABLE', `${event.kind} does not follow on step ${step.kind} of '${event.mirrorTopic}'.`);
}
