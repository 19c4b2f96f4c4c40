/** Which topics the members of a classic group say that they read. */
import { consumerProtocolSubscription } from '../../protocol/api/consumer-protocol-subscription.js';
import { decodeMessage } from '../../protocol/codec.js';
import { DecodeError } from '../../protocol/reader.js';
import type { Group } from './group.js';

/** Undefined: a member speaks another dialect, so that nobody knows. */
export function subscribedTopics(group: Group): ReadonlySet<string> | undefined {
  const topics = new Set<string>();
  for (const member of group.members.values()) {
    for (const { metadata } of member.protocols) {
      try {
        for (const name of decodeMessage(consumerProtocolSubscription, metadata).body.topics) topics.add(name);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        return undefined;
      }
    }
  }
  return topics;
}
