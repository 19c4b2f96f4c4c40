/**
 * Two clusters of Apache Kafka, a klink server beside the destination, a link between them: what a platform engineer has on
 * the first day. Records are written and read by kafkajs, so that nothing is taken on klink's word.
 */
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { type TestKafka, useKafka } from '../harness/kafka.js';
import { KlinkProcess } from '../harness/klink-process.js';
import { until } from '../harness/until.js';

export const LINK = 'dr-link';
const SOURCE_PASSWORD = 'KLINK_TEST_SOURCE_PASSWORD';
const OWNER_WITHIN_MS = 60_000;
const CAUGHT_UP_WITHIN_MS = 60_000;

interface Scope {
  after(end: () => Promise<void>): void;
  readonly passed?: boolean;
}

export interface MirrorShown {
  readonly mirror_status: string;
  readonly mirror_topic_error: string;
  readonly mirror_lags: readonly {
    readonly partition: number;
    readonly lag: number;
    readonly last_source_fetch_offset: number;
  }[];
}

/** klink's own page of a mirror, `/klink/v1`. */
export interface MirrorDetail {
  readonly pending: string | null;
  readonly partitions: readonly {
    readonly partition: number;
    readonly activity: string;
    readonly mirror_end: number;
    readonly source_end: number;
    readonly source_seen_at_ms: number | null;
    readonly failure: { readonly reason: string; readonly offset: number; readonly detail: string } | null;
  }[];
  readonly clamped_groups: readonly string[];
  readonly fence: string;
}

export interface AlterShown {
  readonly mirror_topic_name: string;
  readonly error_code: number | null;
  readonly error_message: string | null;
}

/** As a user of the cluster: `admin` is a super user, `app` is nobody. */
export function foreignClient(kafka: TestKafka, user: 'admin' | 'app' | 'link'): Kafka {
  return new Kafka({
    clientId: `foreign-${user}`,
    brokers: kafka.sasl.split(','),
    sasl: { mechanism: 'plain', username: user, password: user },
    logLevel: logLevel.NOTHING,
    // A slow answer would make it send again, and a plain producer then writes twice.
    requestTimeout: 60_000,
    // A refusal is an answer: an ordinary user's is not asked for again and again.
    retry: { retries: user === 'app' ? 2 : 20, maxRetryTime: 2_000 },
  });
}

export class LinkStage {
  readonly source: TestKafka;
  readonly destination: TestKafka;
  readonly #scope: Scope;
  klink: KlinkProcess;

  private constructor(scope: Scope, source: TestKafka, destination: TestKafka) {
    this.#scope = scope;
    this.source = source;
    this.destination = destination;
    this.klink = this.newKlink();
  }

  static async open(scope: Scope, versions: { version: '4.3.0' | '3.9.1'; nodes?: 1 | 3 }): Promise<LinkStage> {
    const { version, nodes = 1 } = versions;
    const [source, destination] = await Promise.all([
      useKafka(scope, { version }),
      useKafka(scope, { version, nodes }),
    ]);
    const stage = new LinkStage(scope, source, destination);
    await stage.klink.start();
    await stage.owned();
    return stage;
  }

  /** Another server with another, empty disk and the same klink.yaml. Not started yet. */
  newKlink(): KlinkProcess {
    return KlinkProcess.use(this.#scope, {
      clusters: [
        {
          name: 'dr',
          bootstrap: this.destination.sasl,
          home: true,
          principal: { username: 'klink', password: 'klink' },
        },
      ],
      env: { [SOURCE_PASSWORD]: 'klink' },
    });
  }

  async owned(): Promise<void> {
    await until('klink owns the destination', OWNER_WITHIN_MS, async () => {
      const { data } = await this.klink.ask<{ data: readonly { ownership: string }[] }>('GET', '/klink/v1/clusters');
      if (data[0]?.ownership !== 'owner') throw new Error(JSON.stringify(data));
      return true;
    });
  }

  get links(): string {
    return `/kafka/v3/clusters/${this.destination.clusterId}/links`;
  }

  async createLink(settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = {
      'bootstrap.servers': this.source.sasl,
      'security.protocol': 'SASL_PLAINTEXT',
      username: 'klink',
      password: `\${env:${SOURCE_PASSWORD}}`,
      ...settings,
    };
    const configs = Object.entries(all).map(([name, value]) => ({ name, value }));
    const request = { source_cluster_id: this.source.clusterId, configs };
    await this.klink.ask('POST', `${this.links}?link_name=${LINK}`, request);
  }

  async createMirror(topic: string, replicationFactor?: number): Promise<void> {
    await this.klink.ask('POST', `${this.links}/${LINK}/mirrors`, {
      source_topic_name: topic,
      ...(replicationFactor === undefined ? {} : { replication_factor: replicationFactor }),
    });
  }

  async alter(verb: string, topics: readonly string[]): Promise<readonly AlterShown[]> {
    const answer = await this.klink.ask<{ data: readonly AlterShown[] }>(
      'POST',
      `${this.links}/${LINK}/mirrors:${verb}`,
      { mirror_topic_names: topics },
    );
    return answer.data;
  }

  mirror(topic: string): Promise<MirrorShown> {
    return this.klink.ask('GET', `${this.links}/${LINK}/mirrors/${topic}`);
  }

  detail(topic: string): Promise<MirrorDetail> {
    const cluster = `/klink/v1/clusters/${this.destination.clusterId}`;
    return this.klink.ask('GET', `${cluster}/links/${LINK}/mirrors/${topic}`);
  }

  async status(topic: string, wanted: string, withinMs: number): Promise<MirrorShown> {
    let shown: MirrorShown | undefined;
    await until(`${topic} is ${wanted}`, withinMs, async () => {
      shown = await this.mirror(topic);
      if (shown.mirror_status === wanted) return true;
      const { pending, partitions } = await this.detail(topic);
      throw new Error(JSON.stringify({ status: shown.mirror_status, pending, partitions }));
    });
    return shown as MirrorShown; // `until` has seen it.
  }

  /** The mirror holds this many records (or offsets) of a partition. */
  async copied(topic: string, end: number, partition = 0): Promise<void> {
    await until(`${topic}-${partition} is copied to ${end}`, CAUGHT_UP_WITHIN_MS, async () => {
      const found = (await this.detail(topic)).partitions[partition];
      if (found?.mirror_end !== end) throw new Error(JSON.stringify(found));
      return true;
    });
  }
}

export async function withAdmin<T>(client: Kafka, act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client.admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function withProducer<T>(
  client: Kafka,
  act: (producer: Producer) => Promise<T>,
  options: Parameters<Kafka['producer']>[0] = {},
): Promise<T> {
  const producer = client.producer(options);
  await producer.connect();
  try {
    return await act(producer);
  } finally {
    await producer.disconnect();
  }
}

/** Values `from` … `to`, one record each. */
export function numbers(from: number, to: number): { readonly value: string }[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ value: String(from + index) }));
}
