/**
 * The published tasks of a link: what each does now, and what is wrong with it, in published states and error codes. A link
 * that does not work or is paused says so in each of them; what was wrong before stays beside it.
 */
import type { Link } from '../model/link.js';
import { linkOptions, withoutFilters } from '../model/link-settings.js';
import type { Reachability } from '../model/projection.js';
import { autoCreateTask } from './auto-create-view.js';
import type { LinkTask } from './commands.js';
import type { Look } from './look.js';
import type { TaskKind } from './reconcile/wanted-tasks.js';

export function linkTasks(look: Look, link: Link, source: Reachability): LinkTask[] {
  const held = heldState(link, source);
  return [
    offsetTask(look, link, held),
    settingsTask(look, link, held),
    autoCreateTask(
      link,
      { told: told(look, 'auto-create', link), refused: look.autoCreations.refusedOf(link.id) },
      held,
    ),
    aclTask(look, link, held),
  ];
}

function offsetTask(look: Look, link: Link, held: string | undefined): LinkTask {
  const task_name = 'ConsumerOffsetSync';
  const options = linkOptions(link.settings);
  const offsetSync = options.ok ? options.value.offsetSync : undefined;
  if (offsetSync === undefined) return { task_name, state: 'NOT_CONFIGURED', errors: [] };
  const isSet = (link.settings['consumer.offset.group.filters'] ?? '') !== '';
  const errors = isSet ? [...told(look, 'sync-offsets', link), ...skippedGroups(look, link)] : [unset()];
  return { task_name, state: stateOf(held, errors), errors };
}

function unset(): LinkTask['errors'][number] {
  const error_message = withoutFilters('Consumer offset sync', 'consumer.offset.group.filters');
  return { error_code: 'MISCONFIGURATION_ERROR', error_message };
}

function skippedGroups(look: Look, link: Link): LinkTask['errors'] {
  return [...look.offsetSyncs.stateOf(link.id).skipped.values()].map(({ inUse, reason }) => ({
    error_code: inUse ? 'CONSUMER_GROUP_IN_USE_ERROR' : 'INTERNAL_ERROR',
    error_message: reason,
  }));
}

/** What the task itself has said last, or that it has failed. */
function told(look: Look, kind: TaskKind, link: Link): LinkTask['errors'] {
  const trouble = look.troubleOf({ kind, of: link.id });
  return trouble ? [{ error_code: trouble.error, error_message: trouble.reason }] : [];
}

function settingsTask(look: Look, link: Link, held: string | undefined): LinkTask {
  const errors = told(look, 'follow-settings', link);
  return { task_name: 'TopicConfigsSync', state: stateOf(held, errors), errors };
}

function aclTask(look: Look, link: Link, held: string | undefined): LinkTask {
  const task_name = 'AclSync';
  const options = linkOptions(link.settings);
  if (!options.ok || options.value.aclSync === undefined) return { task_name, state: 'NOT_CONFIGURED', errors: [] };
  const errors = told(look, 'sync-acls', link);
  return { task_name, state: stateOf(held, errors), errors };
}

function stateOf(held: string | undefined, errors: LinkTask['errors']): string {
  return held ?? (errors.length > 0 ? 'IN_ERROR' : 'ACTIVE');
}

function heldState(link: Link, source: Reachability): string | undefined {
  if (link.kind === 'FAILED') return 'LINK_FAILED';
  if (link.kind === 'PAUSED') return 'LINK_PAUSED';
  return source === 'unavailable' ? 'LINK_UNAVAILABLE' : undefined;
}
