/** Runs cases of the byte path, each in a world of its own. */
import { test } from 'node:test';
import { type Cases, runCase, type Scene } from '../harness/engine-cases.js';
import { EngineWorld } from './engine-world.js';

const SEED = Number(process.env.KLINK_SEED ?? 1);

export function simulate(cases: Cases): void {
  for (const each of cases) {
    test(each.name, async () => {
      const ground = await new EngineWorld(SEED).open();
      await ground.run((world) => runCase(each, world));
    });
  }
}

/** One scene in a world of its own, for what only a simulated world can do. */
export async function staged(seed: number, work: (scene: Scene, world: EngineWorld) => Promise<void>): Promise<void> {
  const ground = await new EngineWorld(seed).open();
  await ground.run((world) => runCase({ name: '', run: (scene: Scene) => work(scene, world) }, world));
}
