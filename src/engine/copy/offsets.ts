/** Offsets are bigint, for which Math.min and Math.max do not exist. */
export function lower(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

export function higher(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
