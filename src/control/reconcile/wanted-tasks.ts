/**
 * From state to the tasks that must run, level-triggered: after every change of state the tasks that run are compared with
 * this. A task that hangs on something else than when it was started begins anew.
 */
import { linkOptions } from '../../model/link-settings.js';
import { isLive } from '../../model/mirror.js';
import { type ControlState, mirrorsOf } from '../state.js';

export type TaskKind =
  | 'fences'
  | 'topics'
  | 'failures'
  | 'finish-deletion'
  | 'watch-source'
  | 'sync-offsets'
  | 'sync-acls'
  | 'auto-create'
  | 'follow-settings'
  | 'create'
  | 'catch-up'
  | 'stop'
  | 'deferred'
  | 'settle-key';

export interface WantedTask {
  readonly kind: TaskKind;
  /** Link id, mirror key, key id, or empty. */
  readonly of: string;
  /** What else it hangs on; default: nothing. */
  readonly under?: string;
}

export function wantedTasks(state: ControlState): WantedTask[] {
  const tasks: WantedTask[] = [
    { kind: 'fences', of: '' },
    { kind: 'topics', of: '' },
    { kind: 'failures', of: '' },
  ];
  for (const link of state.links.values()) {
    if (link.kind === 'DELETING') {
      if (!mirrorsOf(state, link.id).some(isLive)) tasks.push({ kind: 'finish-deletion', of: link.id });
      continue;
    }
    const options = linkOptions(link.settings);
    const ofLink = { of: link.id, under: JSON.stringify(link.settings) };
    tasks.push({ kind: 'watch-source', ...ofLink });
    if (link.kind === 'PAUSED' || !options.ok) continue;
    tasks.push({ kind: 'follow-settings', ...ofLink });
    if (options.value.aclSync) tasks.push({ kind: 'sync-acls', ...ofLink });
    const chosen = options.value.autoCreate?.filters.filters.length ?? 0;
    if (link.kind === 'ACTIVE' && chosen > 0) tasks.push({ kind: 'auto-create', ...ofLink });
    if (options.value.offsetSync) tasks.push({ kind: 'sync-offsets', ...ofLink });
  }
  for (const [key, mirror] of state.mirrors) {
    switch (mirror.kind) {
      case 'CREATING':
        tasks.push({ kind: 'create', of: key });
        break;
      case 'PROMOTING':
        tasks.push({ kind: 'catch-up', of: key });
        break;
      case 'STOPPING':
        tasks.push({ kind: 'stop', of: key });
        break;
      case 'STOPPED':
        if (mirror.deferred) tasks.push({ kind: 'deferred', of: key });
        break;
      case 'ACTIVE':
      case 'PAUSED':
      case 'FAILED':
        break;
    }
  }
  for (const [keyId, key] of state.keys) {
    // What waits for a key to be too old begins anew when it is given up.
    if (key.kind !== 'MADE') tasks.push({ kind: 'settle-key', of: keyId, under: key.kind });
  }
  return tasks;
}
