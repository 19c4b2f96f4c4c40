/**
 * The commands and questions of one destination cluster's control. Facts are asked of the clusters before a decision is
 * queued, so that a source that does not answer never holds up a failover. Spec: docs/spec/control.md.
 */
import { invariant } from '../base/invariant.js';
import { fail, ok } from '../base/result.js';
import type { MarkerIdentity } from '../model/assignment.js';
import { type Refusal, refusal } from '../model/errors.js';
import type { Link } from '../model/link.js';
import { linkOptions } from '../model/link-settings.js';
import { isLive } from '../model/mirror.js';
import { settingsAfterwards, workingSettings } from '../model/topic-settings.js';
import { alterMirrors } from './alter-mirrors.js';
import { alterLink, createLink } from './change-links.js';
import type {
  AlterOptions,
  AlterRow,
  Answer,
  ControlProcess,
  DeletionForecast,
  LinkControl,
  LinkNotes,
  LinkSetting,
  LinkView,
  MirrorVerb,
  MirrorView,
  NewLink,
  NewMirror,
  ReadyView,
  SettingChange,
} from './commands.js';
import type { Command } from './decide.js';
import { checkNewMirror } from './decide-new.js';
import { forecastDeletions } from './deletions.js';
import { clampPartition, ensureWorkingSettings } from './engine-calls.js';
import { createIdentity, type IdentityControl } from './identity/identity.js';
import { type Look, look } from './look.js';
import { mirrorFacts } from './mirror-facts.js';
import { namedMirror } from './mirror-words.js';
import type { ControlPorts } from './ports.js';
import { readiness } from './readiness.js';
import { linkNamed, liveMirrorNamed, mirrorKey, mirrorsOf } from './state.js';
import type { Term } from './term.js';
import { Terms } from './terms.js';
import { linkSettings, linkView, mirrorView } from './views.js';

/** How long `mirror create` waits for its topic. */
const CREATION_ANSWER_MS = 30_000;

export interface Control extends LinkControl, ControlProcess {
  readonly identity: IdentityControl;
}

export function createControl(ports: ControlPorts): Control {
  return new Controller(ports);
}

class Controller implements Control {
  readonly identity: IdentityControl;
  readonly #ports: ControlPorts;
  readonly #terms: Terms;
  /** [1.2] M of each link as it was last asked for. */
  readonly #markers = new Map<string, MarkerIdentity>();

  constructor(ports: ControlPorts) {
    this.#ports = ports;
    this.#terms = new Terms(ports);
    this.identity = createIdentity(ports, this.#terms);
  }

  start(): void {
    this.#terms.start();
  }

  async stop(): Promise<{ readonly effectsSettled: boolean }> {
    await this.#terms.stop();
    return { effectsSettled: true };
  }

  ownership(): string {
    return this.#terms.inWords();
  }

  confirm(): Promise<void> {
    return this.#terms.confirm();
  }

  // ---- links ----------------------------------------------------------------------------------------------------

  async links(): Promise<Answer<readonly LinkView[]>> {
    return this.#read((term) => {
      const seen = this.#look(term);
      return ok([...term.state.links.values()].sort(byName).map((link) => linkView(seen, link)));
    });
  }

  async link(name: string): Promise<Answer<LinkView>> {
    return this.#readLink(name, (term, link) => ok(linkView(this.#look(term), link)));
  }

  async linkSettings(name: string): Promise<Answer<readonly LinkSetting[]>> {
    return this.#readLink(name, (_, link) => ok(linkSettings(link)));
  }

  createLink(
    request: NewLink,
    options: { readonly validateOnly: boolean; readonly validateLink: boolean },
  ): Promise<Answer<LinkNotes>> {
    return createLink(this.#ports, this.#terms, request, options);
  }

  alterLink(
    name: string,
    changes: readonly SettingChange[],
    options: { readonly validateOnly: boolean; readonly validateLink: boolean },
  ): Promise<Answer<LinkNotes>> {
    return alterLink(this.#ports, this.#terms, { name, changes }, options);
  }

  async deleteLink(
    name: string,
    options: { readonly force: boolean; readonly validateOnly: boolean },
  ): Promise<Answer<void>> {
    const current = this.#terms.current();
    if (!current.ok) return current;
    return this.#terms.decide(current.value, { kind: 'delete-link', name, force: options.force }, options.validateOnly);
  }

  // ---- mirrors --------------------------------------------------------------------------------------------------

  async mirrors(link: string | undefined): Promise<Answer<readonly MirrorView[]>> {
    return this.#read((term) => {
      const links = link === undefined ? [...term.state.links.values()] : [linkNamed(term.state, link)];
      const views: MirrorView[] = [];
      const seen = this.#look(term);
      for (const each of links) {
        if (each === undefined) return fail(noLink(link ?? ''));
        for (const mirror of mirrorsOf(term.state, each.id)) views.push(mirrorView(seen, each, mirror));
      }
      return ok(views);
    });
  }

  async mirror(linkName: string, topic: string): Promise<Answer<MirrorView>> {
    return this.#readLink(linkName, (term, link) => {
      const mirror = term.state.mirrors.get(mirrorKey({ linkId: link.id, mirrorTopic: topic }));
      return mirror ? ok(mirrorView(this.#look(term), link, mirror)) : fail(noMirror(linkName, topic));
    });
  }

  async deletions(linkName: string, topic: string): Promise<Answer<DeletionForecast | undefined>> {
    const current = this.#terms.current();
    if (!current.ok) return current;
    const found = namedMirror(current.value.state, { link: linkName, mirrorTopic: topic });
    return found.ok ? ok(await forecastDeletions(this.#ports, found.value.mirror)) : found;
  }

  async createMirror(
    linkName: string,
    request: NewMirror,
    options: { readonly validateOnly: boolean } = { validateOnly: false },
  ): Promise<Answer<void>> {
    const current = this.#terms.current();
    if (!current.ok) return current;
    const term = current.value;
    const checked = checkNewMirror(term.state, linkName, request);
    if (!checked.ok) return checked;
    const { link, mirrorTopic } = checked.value;
    const facts = await mirrorFacts(this.#ports, link, { sourceTopic: request.sourceTopic, mirrorTopic });
    // Under this very name: a prefix that changes meanwhile must not make another topic than was looked for.
    const command: Command = { kind: 'create-mirror', link: linkName, request: { ...request, mirrorTopic }, facts };
    const decided = await this.#terms.decide(term, command, options.validateOnly);
    if (!decided.ok || options.validateOnly) return decided;
    return this.#untilMade({ linkId: link.id, mirrorTopic });
  }

  /** The decision stands; what is waited for here is only the answer. */
  async #untilMade(of: { readonly linkId: string; readonly mirrorTopic: string }): Promise<Answer<void>> {
    const { clock } = this.#ports;
    const untilMs = clock.monotonicMs() + CREATION_ANSWER_MS;
    const key = mirrorKey(of);
    for (;;) {
      const term = this.#terms.running;
      const mirror = term?.state.mirrors.get(key);
      if (mirror && mirror.kind !== 'CREATING') return ok(undefined);
      const abandoned = term?.abandoned.get(key);
      if (abandoned !== undefined) {
        return fail(
          refusal(
            'DESTINATION_REFUSED',
            `Topic '${of.mirrorTopic}' could not be made: ${abandoned.replace(/\.$/, '')}.`,
          ),
        );
      }
      if (term && mirror === undefined) return fail(noMirror('', of.mirrorTopic));
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) {
        const reason = term?.reasonOf({ kind: 'create', of: key }) ?? 'it takes long';
        return fail(refusal('NOT_FINISHED', `Topic '${of.mirrorTopic}' is not made yet: ${reason}.`));
      }
      await this.#changeOf(term, Math.min(leftMs, 1_000));
    }
  }

  #changeOf(term: Term | undefined, withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        timer.cancel();
        forget?.();
        resolve();
      };
      const timer = this.#ports.clock.setTimer(withinMs, settle);
      const forget = term?.onChange(settle);
    });
  }

  async alterMirrors(
    linkName: string,
    verb: MirrorVerb,
    topics: readonly string[],
    validateOnly: boolean,
    options: AlterOptions = {},
  ): Promise<Answer<readonly AlterRow[]>> {
    const current = this.#terms.current();
    if (!current.ok) return current;
    return alterMirrors(this.#ports, this.#terms, current.value, {
      link: linkName,
      verb,
      topics,
      validateOnly,
      options,
    });
  }

  async deleteMirror(topic: string): Promise<Answer<boolean>> {
    const current = this.#terms.current();
    if (!current.ok) return current;
    const known = [...current.value.state.mirrors.values()].some((mirror) => mirror.mirrorTopic === topic);
    if (!known) return ok(false);
    const decided = await this.#terms.decide(current.value, { kind: 'forget-mirror', mirrorTopic: topic }, false);
    return decided.ok ? ok(true) : decided;
  }

  async wantedSettings(topic: string): Promise<ReadonlyMap<string, string> | undefined> {
    const current = this.#terms.current();
    if (!current.ok) throw new NotKnown(current.error.message);
    const mirror = liveMirrorNamed(current.value.state, topic);
    return mirror && new Map(Object.entries(settingsAfterwards(mirror)));
  }

  async refusedSettings(topic: string, names: readonly string[]): Promise<string | undefined> {
    const current = this.#terms.current();
    if (!current.ok) throw new NotKnown(current.error.message);
    const { state } = current.value;
    const mirror = liveMirrorNamed(state, topic);
    const link = mirror && state.links.get(mirror.linkId);
    if (link === undefined) return undefined;
    const options = linkOptions(link.settings);
    const synced = options.ok ? options.value.syncedSettings : names;
    const followed = names.find((name) => synced.includes(name));
    if (followed !== undefined) {
      return `Topic '${topic}' is a mirror; its setting '${followed}' follows its source until it is promoted.`;
    }
    const needed = names.find((name) => name in workingSettings);
    if (needed === undefined) return undefined;
    return `Topic '${topic}' is a mirror; klink sets '${needed}' itself until it is promoted.`;
  }

  async ready(group: string, linkName: string | undefined): Promise<Answer<ReadyView>> {
    const current = this.#terms.current();
    if (!current.ok) return current;
    const term = current.value;
    if (linkName !== undefined) {
      const link = linkNamed(term.state, linkName);
      return link ? ok(await readiness(this.#ports, term, link, group)) : fail(noLink(linkName));
    }
    const links = [...term.state.links.values()]
      .sort(byName)
      .filter((link) => mirrorsOf(term.state, link.id).some(isLive));
    if (links.length === 0) return fail(refusal('LINK_NOT_FOUND', 'No cluster link with live mirror topics exists.'));
    const views = await Promise.all(links.map((link) => readiness(this.#ports, term, link, group)));
    const best = views.find((view) => view.ready) ?? views[0];
    invariant(best !== undefined, 'one view for each link');
    return ok(best);
  }

  // ---- for whoever wires --------------------------------------------------------------------------------------------

  marker(linkId: string): MarkerIdentity {
    // Between two terms the last one's word stands: what is settled just then must not take our own markers for foreign.
    // Before the journal is read nothing is accepted as ours, and nothing is assigned.
    const marker = this.#terms.running?.state.links.get(linkId)?.marker ?? this.#markers.get(linkId);
    if (marker === undefined) return { number: 0, epoch: 0 };
    this.#markers.set(linkId, marker);
    return marker;
  }

  async raiseMarker(linkId: string): Promise<MarkerIdentity> {
    const current = this.#terms.current();
    if (!current.ok) throw new NotKnown(current.error.message);
    const decided = await this.#terms.decide(current.value, { kind: 'raise-marker', linkId }, false);
    if (!decided.ok) throw new NotKnown(decided.error.message);
    // An outcome that was unknown for a while may have been read by the next term.
    const term = this.#terms.running ?? current.value;
    const marker = term.state.links.get(linkId)?.marker;
    if (marker === undefined) throw new NotKnown('the link was deleted');
    return marker;
  }

  async clampGroups(mirrorTopic: string, partition: number, end: bigint): Promise<void> {
    const current = this.#terms.current();
    if (!current.ok) throw new NotKnown(current.error.message);
    const outcome = await clampPartition(this.#ports, current.value, { mirrorTopic, partition, end });
    if (outcome.kind !== 'done') throw new NotKnown(outcome.reason);
  }

  async correctSettings(mirrorTopic: string, names: readonly string[]): Promise<void> {
    const current = this.#terms.current();
    if (!current.ok) throw new NotKnown(current.error.message);
    const outcome = await ensureWorkingSettings(this.#ports, current.value, mirrorTopic, names);
    if (outcome.kind !== 'done') throw new NotKnown(outcome.reason);
  }

  // ---- small things -----------------------------------------------------------------------------------------------

  #read<T>(read: (term: Term) => Answer<T>): Answer<T> {
    const current = this.#terms.current();
    return current.ok ? read(current.value) : current;
  }

  #readLink<T>(name: string, read: (term: Term, link: Link) => Answer<T>): Answer<T> {
    return this.#read((term) => {
      const link = linkNamed(term.state, name);
      return link ? read(term, link) : fail(noLink(name));
    });
  }

  #look(term: Term): Look {
    return look(term, this.#ports.clock.monotonicMs());
  }
}

/** Nobody could be asked. Its name is that of the client's own "nothing was sent", and is answered alike. */
class NotKnown extends Error {
  override readonly name = 'NotSent';
}

function byName(a: Link, b: Link): number {
  return a.name < b.name ? -1 : 1;
}

function noLink(name: string): Refusal {
  return refusal('LINK_NOT_FOUND', `The cluster link doesn't exist: Cluster link '${name}' does not exist.`);
}

function noMirror(link: string, topic: string): Refusal {
  const of = link === '' ? '' : ` of link '${link}'`;
  return refusal('MIRROR_NOT_FOUND', `Mirror topic '${topic}'${of} does not exist.`);
}
