/**
 * Control records: what a transaction's end looks like in the log. Key: int16 version, int16 type; value of an end
 * marker: int16 version, int32 coordinator epoch. Source: KIP-98.
 */
export type ControlType = 'abort' | 'commit' | 'leader-change' | 'snapshot-header' | 'snapshot-footer' | 'unknown';

const CONTROL_TYPES: readonly ControlType[] = [
  'abort',
  'commit',
  'leader-change',
  'snapshot-header',
  'snapshot-footer',
];

/** Never throws: a type of a newer broker is `unknown`, and readers must pass over it. */
export function controlType(key: Buffer | null): ControlType {
  if (key === null || key.length < 4) return 'unknown';
  return CONTROL_TYPES[key.readInt16BE(2)] ?? 'unknown';
}

export function endMarkerKey(type: 'abort' | 'commit'): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(type === 'commit' ? 1 : 0, 2);
  return key;
}

export function endMarkerValue(coordinatorEpoch: number): Buffer {
  const value = Buffer.alloc(6);
  value.writeInt32BE(coordinatorEpoch, 2);
  return value;
}

/** −1 where the value is no end marker's. */
export function coordinatorEpochOf(value: Buffer | null): number {
  return value !== null && value.length >= 6 ? value.readInt32BE(2) : -1;
}
