/** Runs chaos of some seeds in a thread of its own: beside the test runner's hooks everything takes a third longer. */
import { parentPort, workerData } from 'node:worker_threads';
import { poisonGivenBack } from '../harness/poison.js';
import { chaos } from './engine-chaos.js';

export interface ChaosWork {
  readonly seeds: readonly number[];
}

export interface ChaosResult {
  readonly records: number;
  readonly failures: number;
  /** How often memory was given back. */
  readonly givenBack: number;
  readonly error: string | undefined;
}

async function run({ seeds }: ChaosWork): Promise<ChaosResult> {
  const poisoned = poisonGivenBack();
  let records = 0;
  let failures = 0;
  try {
    for (const seed of seeds) {
      const { partitions } = await chaos(seed);
      for (const { failure, judgement } of partitions) {
        records += judgement.records;
        if (failure) failures++;
      }
    }
    return { records, failures, givenBack: poisoned.times, error: undefined };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { records, failures, givenBack: poisoned.times, error: text };
  }
}

parentPort?.postMessage(await run(workerData as ChaosWork));
