/** What consumers of the classic protocol tell each other through their coordinator: subscriptions and assignments. */
import { PLAIN } from './places.js';

export interface Assignment {
  readonly token: string;
  readonly partitions: readonly number[];
}

/** As consumers write it, since a group that changes its protocol has to be able to read it; the token is their user data. */
export function assigned(partitions: readonly number[], token: string): Buffer {
  const numbers = Buffer.alloc(4 * (partitions.length + 1));
  for (const [at, number] of [partitions.length, ...partitions].entries()) numbers.writeInt32BE(number, 4 * at);
  const userData = Buffer.alloc(4);
  userData.writeInt32BE(token.length);
  return Buffer.concat([names([PLAIN]), numbers, userData, Buffer.from(token)]);
}

/** Without a token where the broker has assigned, in a group of the newer protocol. */
export function assignmentOf(bytes: Buffer): Assignment {
  if (bytes.length === 0) return { token: '', partitions: [] };
  const topics = bytes.readInt32BE(2);
  let at = 6;
  const partitions: number[] = [];
  for (let topic = 0; topic < topics; topic++) {
    at += 2 + bytes.readInt16BE(at);
    const count = bytes.readInt32BE(at);
    for (let i = 1; i <= count; i++) partitions.push(bytes.readInt32BE(at + 4 * i));
    at += 4 + 4 * count;
  }
  return { token: bytes.toString('utf8', at + 4), partitions };
}

/** What consumers send: it tells whose offsets may not be deleted. */
export function subscription(topics: readonly string[]): Buffer {
  return Buffer.concat([names(topics), Buffer.from([0xff, 0xff, 0xff, 0xff])]);
}

/** Behind the version, with which each message of theirs begins. */
function names(topics: readonly string[]): Buffer {
  const head = Buffer.alloc(6);
  head.writeInt32BE(topics.length, 2);
  const each = topics.map((topic) => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(topic.length);
    return Buffer.concat([length, Buffer.from(topic)]);
  });
  return Buffer.concat([head, ...each]);
}
