/** Which names a topic may have, in Kafka's words. */
const NAME_CHARACTERS_MAX = 249;

/** Undefined, or why the name is refused. */
export function refusalOfTopicName(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed';
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > NAME_CHARACTERS_MAX) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${NAME_CHARACTERS_MAX}`;
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return undefined;
}

/** Metrics of Kafka cannot tell '.' from '_', so two topics may not differ in that alone. */
export function collides(name: string, other: string): boolean {
  return name !== other && name.replaceAll('.', '_') === other.replaceAll('.', '_');
}
