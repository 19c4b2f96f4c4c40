/** Reads published bodies that set or change settings, of topics, mirrors, brokers and links alike. */
import type { z } from 'zod';
import { problems } from '../problems.js';
import type { alteration, nameValue } from '../schemas/settings.js';

/** Undefined as value: back to the default. Throws a Problem where a name is given twice: nobody knows what was meant. */
export function changesOf({ data }: z.infer<typeof alteration>): { name: string; value: string | undefined }[] {
  refuseTwice(data);
  return data.map(({ name, value, operation }) => {
    return { name, value: operation === 'DELETE' || value == null ? undefined : value };
  });
}

/** The settings of something new; null is the default. Throws a Problem as above. */
export function settingsOf(
  given: readonly z.infer<typeof nameValue>[] | null | undefined,
): ReadonlyMap<string, string> {
  const data = given ?? [];
  refuseTwice(data);
  return new Map(data.flatMap(({ name, value }) => (value == null ? [] : [[name, value] as const])));
}

function refuseTwice(data: readonly { readonly name: string }[]): void {
  const twice = data.find(({ name }, index) => data.findIndex((each) => each.name === name) < index);
  if (twice) throw problems.invalid(`The setting '${twice.name}' is given twice.`);
}
