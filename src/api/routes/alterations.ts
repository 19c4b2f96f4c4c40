/** Published bodies that change settings, of topics and of links alike. */
import { z } from 'zod';
import { problems } from '../problems.js';

export const nameValue = z.object({ name: z.string(), value: z.string().nullish() });
export const oneValue = z.object({ value: z.string() });
export const alteration = z.object({
  data: z.array(nameValue.extend({ operation: z.enum(['SET', 'DELETE']).nullish() })),
  validate_only: z.boolean().optional(),
});

/** Undefined as value: back to the default. Throws a Problem where a name is given twice: nobody knows what was meant. */
export function changesOf({ data }: z.infer<typeof alteration>): { name: string; value: string | undefined }[] {
  const twice = data.find(({ name }, index) => data.findIndex((each) => each.name === name) < index);
  if (twice) throw problems.invalid(`The setting '${twice.name}' is given twice.`);
  return data.map(({ name, value, operation }) => {
    return { name, value: operation === 'DELETE' || value == null ? undefined : value };
  });
}
