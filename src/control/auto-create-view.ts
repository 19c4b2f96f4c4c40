/** The published task AutoCreateMirror of a link: its state, and what it could not do, a few errors in full. */
import type { Link } from '../model/link.js';
import { linkOptions, NO_TOPIC_FILTERS } from '../model/link-settings.js';
import type { LinkTask } from './commands.js';
import type { TopicTrouble } from './reconcile/auto-create.js';

export const ERRORS_SHOWN_MAX = 10;

interface AutoCreationErrors {
  /** Of the task as a whole. */
  readonly told: LinkTask['errors'];
  readonly refused: readonly TopicTrouble[];
}

/** `held`: the state of every task of this link, where the link itself holds them up. */
export function autoCreateTask(link: Link, { told, refused }: AutoCreationErrors, held: string | undefined): LinkTask {
  const task_name = 'AutoCreateMirror';
  const options = linkOptions(link.settings);
  if (!options.ok || options.value.autoCreate === undefined) return { task_name, state: 'NOT_CONFIGURED', errors: [] };
  // An empty list is a choice: no topic.
  if ((link.settings['auto.create.mirror.topics.filters'] ?? '') === '') {
    const errors = [{ error_code: 'MISCONFIGURATION_ERROR', error_message: NO_TOPIC_FILTERS }];
    return { task_name, state: held ?? 'IN_ERROR', errors };
  }
  const ofTopics = refused.map(({ code, message }) => ({ error_code: code, error_message: message }));
  const errors = shown([...told, ...ofTopics]);
  return { task_name, state: held ?? (errors.length > 0 ? 'IN_ERROR' : 'ACTIVE'), errors };
}

function shown(errors: LinkTask['errors']): LinkTask['errors'] {
  const more = errors.length - ERRORS_SHOWN_MAX;
  if (more <= 0) return errors;
  return [
    ...errors.slice(0, ERRORS_SHOWN_MAX),
    { error_code: 'SUPPRESSED_ERRORS', error_message: `${more} more topics could not be mirrored.` },
  ];
}
