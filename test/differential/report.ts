/** A difference as somebody reads it: the seed, each request that is left, both answers, and where they part. */
import { inspect } from 'node:util';
import type { Played } from './play.js';
import type { Side } from './side.js';

export function report(seed: number, sides: readonly Side[], { steps, requests, met }: Played): string {
  if (met === undefined) return `seed ${seed}: no difference`;
  const [reference] = sides;
  const asked = steps.map(({ operation, api, version, connection }, i) => {
    const on = connection === 0 ? '' : ` on connection ${connection}`;
    return `${i}: ${operation}, ${api.name} ${version}${on}: ${shown(requests[i])}`;
  });
  const at = met.at.map(({ path, ...values }) => {
    return `${path}: ${shown(values.reference)} on ${reference?.kind}, ${shown(values.other)} on ${met.side.kind}`;
  });
  return [
    `KLINK_DIFFERENTIAL_SEED=${seed}: ${steps.length} steps`,
    ...asked,
    `${reference?.kind}: ${shown(met.reference)}`,
    `${met.side.kind}: ${shown(met.other)}`,
    ...at,
  ].join('\n');
}

function shown(value: unknown): string {
  return inspect(hexed(value), { depth: 20, breakLength: 200, maxStringLength: 2000, maxArrayLength: 50 });
}

function hexed(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  if (Array.isArray(value)) return value.map(hexed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, hexed(each)]));
}
