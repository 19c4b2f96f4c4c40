/**
 * Tests of the byte path as values, so that the same text runs on real brokers and in a simulated world. A case makes
 * links through its scene, which ends them.
 */
import assert from 'node:assert/strict';
import { describeConfigs } from '../../src/protocol/api/describe-configs.js';
import { incrementalAlterConfigs } from '../../src/protocol/api/incremental-alter-configs.js';
import type { Ground } from './engine-ground.js';
import { type LinkOptions, TestLink } from './engine-link.js';
import type { WireTopic } from './wire-topic.js';

export interface EngineCase {
  /** Subject, then fact, then the rule in brackets. */
  readonly name: string;
  run(scene: Scene): Promise<void>;
}

export class Cases implements Iterable<EngineCase> {
  readonly #cases: EngineCase[] = [];

  add(name: string, run: (scene: Scene) => Promise<void>): void {
    if (this.#cases.some((each) => each.name === name)) throw new Error(`two cases are named: ${name}`);
    this.#cases.push({ name, run });
  }

  [Symbol.iterator](): Iterator<EngineCase> {
    return this.#cases[Symbol.iterator]();
  }
}

export class Scene {
  readonly ground: Ground;
  readonly #links: TestLink[] = [];

  constructor(ground: Ground) {
    this.ground = ground;
  }

  /** A link of one topic, with the window open from the first young batch on; not started. */
  async link(name: string, more: Partial<LinkOptions> = {}): Promise<TestLink> {
    const engine = { ...more.engine, switches: { windowExpiryFloorMs: 0, ...more.engine?.switches } };
    const link = await TestLink.make(this.ground, { topic: this.ground.name(name), ...more, engine });
    this.#links.push(link);
    return link;
  }

  until(what: string, deadlineMs: number, condition: () => boolean | Promise<boolean>): Promise<void> {
    return this.ground.until(what, deadlineMs, condition);
  }

  /** Milliseconds since the epoch, `agoMs` before now. */
  timestamp(agoMs = 0): bigint {
    return BigInt(Math.floor(this.ground.clock.nowMs() - agoMs));
  }

  /** Not waited for: klink may have put it back before it could be seen. */
  async alterConfig(topic: WireTopic, name: string, value: string): Promise<void> {
    const answer = await topic.wire.ask(incrementalAlterConfigs, {
      resources: [{ resourceType: 2, resourceName: topic.name, configs: [{ name, configOperation: 0, value }] }],
    });
    assert.equal(answer.responses[0]?.errorCode, 0);
  }

  /** Until the broker shows it: settings reach brokers behind the answer. */
  async setConfig(topic: WireTopic, name: string, value: string): Promise<void> {
    await this.alterConfig(topic, name, value);
    await this.until(`${name} is ${value}`, 20_000, async () => {
      const resources = [{ resourceType: 2, resourceName: topic.name, configurationKeys: [name] }];
      const { results } = await topic.wire.ask(describeConfigs, { resources });
      return results[0]?.configs[0]?.value === value;
    });
  }

  async close(): Promise<void> {
    for (const link of this.#links.splice(0)) await link.close();
  }
}

export async function runCase({ run }: EngineCase, ground: Ground): Promise<void> {
  const scene = new Scene(ground);
  try {
    await run(scene);
  } finally {
    await scene.close();
  }
}
