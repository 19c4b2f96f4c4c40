/** Reads published bodies that change settings, of topics, brokers and links alike. */
import type { z } from 'zod';
import { problems } from '../problems.js';
import type { alteration } from '../schemas/settings.js';

/** Undefined as value: back to the default. Throws a Problem where a name is given twice: nobody knows what was meant. */
export function changesOf({ data }: z.infer<typeof alteration>): { name: string; value: string | undefined }[] {
  const twice = data.find(({ name }, index) => data.findIndex((each) => each.name === name) < index);
  if (twice) throw problems.invalid(`The setting '${twice.name}' is given twice.`);
  return data.map(({ name, value, operation }) => {
    return { name, value: operation === 'DELETE' || value == null ? undefined : value };
  });
}
