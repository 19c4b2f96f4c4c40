/**
 * Topic settings by what happens to them: what a mirror needs while it is copied (working), what its source wants once it
 * is an ordinary topic (wanted), and which of those delete records and so wait for a time of grace. Rules 3.4, 8 (5).
 */
import type { SettingChanges, TopicSettings } from './mirror.js';

/**
 * What copying needs: the broker must not stamp, compress, split, refuse or delete anything. `critical`: a change may have
 * bent data while it flowed (3.4, T5).
 */
export const workingSettings: TopicSettings = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'max.message.bytes': '2147483647',
  'message.timestamp.after.max.ms': '9223372036854775807',
  'message.timestamp.before.max.ms': '9223372036854775807',
  'message.timestamp.type': 'CreateTime',
  'retention.bytes': '-1',
  'retention.ms': '-1',
};

export const criticalSettings: readonly string[] = ['cleanup.policy', 'message.timestamp.type'];

/** [8, T6] Applied at promotion these delete records at once; they follow after the time of grace. */
export const deletingSettings: readonly string[] = ['cleanup.policy', 'retention.bytes', 'retention.ms', 'segment.ms'];

export const RETENTION_GRACE_MS = 24 * 3_600_000;

/** Of all settings that a source topic has itself: those that its mirror follows (`synced-settings.ts`), in a fixed order. */
export function wantedOf(source: TopicSettings, synced: readonly string[]): TopicSettings {
  const wanted: Record<string, string> = {};
  for (const name of [...synced].sort()) {
    const value = source[name];
    if (value !== undefined) wanted[name] = value;
  }
  return wanted;
}

/** What the topic will be set to afterwards: of its own settings those that copying keeps from it until then as well. */
export function settingsAfterwards({
  wanted,
  independent,
}: {
  readonly wanted: TopicSettings;
  readonly independent: TopicSettings;
}): TopicSettings {
  const kept = Object.entries(independent).filter(([name]) => name in workingSettings);
  return { ...Object.fromEntries(kept), ...wanted };
}

export function sameSettings(a: TopicSettings, b: TopicSettings): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => a[name] === b[name]);
}

/** [8 (5)] What changes at promotion, parted into what is harmless and what deletes. Null: back to the default. */
export function changesAtPromotion(wanted: TopicSettings): {
  readonly now: SettingChanges;
  readonly deleting: SettingChanges;
} {
  const now: Record<string, string | null> = {};
  const deleting: Record<string, string | null> = {};
  for (const name of new Set([...Object.keys(workingSettings), ...Object.keys(wanted)])) {
    (deletingSettings.includes(name) ? deleting : now)[name] = wanted[name] ?? null;
  }
  return { now, deleting };
}

/** [8 (5)] Of the settings that delete: what can be said of those whose deletions cannot be counted beforehand. */
export function uncountedDeletions(changes: SettingChanges): string[] {
  const said: string[] = [];
  const bytes = changes['retention.bytes'];
  const policy = changes['cleanup.policy'];
  if (bytes != null && bytes !== '-1') {
    said.push(
      `retention.bytes=${bytes}: the oldest segments go until a partition has at most that many bytes; how many records that is cannot be told beforehand`,
    );
  }
  if (policy?.includes('compact')) {
    said.push(
      `cleanup.policy=${policy}: of each key only the newest record stays; how many go cannot be told beforehand`,
    );
  }
  if (changes['segment.ms'] != null) {
    said.push(
      `segment.ms=${changes['segment.ms']}: deletes nothing by itself; segments end sooner, so that retention reaches their records sooner`,
    );
  }
  const back = ['retention.bytes', 'cleanup.policy'].filter((name) => changes[name] === null);
  if (back.length > 0) {
    said.push(`${back.join(' and ')}: back to what the cluster sets; what that deletes is not counted`);
  }
  return said;
}

/** Why a source topic cannot be mirrored exactly by this version; undefined: it can. */
export function unsupportedSource(settings: TopicSettings): string | undefined {
  if (settings['cleanup.policy']?.includes('compact')) return 'It is compacted (cleanup.policy).';
  if (settings['message.timestamp.type'] === 'LogAppendTime') {
    return 'Its broker stamps the records (message.timestamp.type=LogAppendTime).';
  }
  if (/^0\.(8|9|10)\b/.test(settings['message.format.version'] ?? '')) {
    return `Its records are kept in an old format (message.format.version=${settings['message.format.version']}).`;
  }
  return undefined;
}
