/** Open channels by key: one opening at a time per key, shared by all who ask meanwhile, and reused while it is open. */
import type { KafkaChannel } from './channel.js';

interface Entry {
  readonly opening: Promise<KafkaChannel>;
  channel: KafkaChannel | undefined;
}

export class ChannelPool {
  readonly #entries = new Map<string, Entry>();

  /** The channel under this key while it is open. Nothing is opened. */
  current(key: string): KafkaChannel | undefined {
    const channel = this.#entries.get(key)?.channel;
    return channel?.open ? channel : undefined;
  }

  /** Rejects as `open` does; the next call then opens again. */
  get(key: string, open: () => Promise<KafkaChannel>): Promise<KafkaChannel> {
    const kept = this.#entries.get(key);
    if (kept !== undefined && (kept.channel === undefined || kept.channel.open)) return kept.opening;
    const entry: Entry = { opening: open(), channel: undefined };
    this.#entries.set(key, entry);
    entry.opening.then(
      (channel) => {
        entry.channel = channel;
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry.opening;
  }

  /** Also waits for openings under way, which the caller has called off. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { channel } of entries) channel?.close();
    await Promise.all(entries.map(({ opening }) => opening.then((channel) => channel.close()).catch(() => undefined)));
  }
}
