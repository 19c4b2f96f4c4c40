/**
 * `cluster.link.prefix` and `consumer.group.prefix.enable`: what mirror topics, and consumer groups, of a link are called at
 * the destination. A link has one rule for all its names, so that each can be told from its source's and back.
 * Spec: docs/spec/control.md, "Names".
 */

/** Published bound. */
const PREFIX_CHARACTERS_MAX = 12;

export interface LinkPrefix {
  /** Before each mirror topic; empty: the names of the source. */
  readonly topics: string;
  /** Before each consumer group. */
  readonly groups: string;
}

/** Undefined: nothing. The empty text is no prefix. */
export function wrongInPrefix(prefix: string): string | undefined {
  if (prefix.length > PREFIX_CHARACTERS_MAX) return `it may have ${PREFIX_CHARACTERS_MAX} characters.`;
  if (!/^[A-Za-z0-9._-]*$/.test(prefix)) return 'it may have letters, digits, dots, dashes and underscores.';
  if (/^(__|_klink\.)/.test(prefix)) return 'topics of Kafka and of klink themselves begin like that.';
  return undefined;
}

export function mirrorNameOf({ topics }: Pick<LinkPrefix, 'topics'>, sourceTopic: string): string {
  return `${topics}${sourceTopic}`;
}

export function groupNameOf({ groups }: Pick<LinkPrefix, 'groups'>, sourceGroup: string): string {
  return `${groups}${sourceGroup}`;
}
