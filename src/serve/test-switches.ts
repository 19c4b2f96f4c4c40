/**
 * Switches that weaken klink so that tests can see what then happens. Read from KLINK_TEST_SWITCHES (JSON) by the entry
 * point alone, and refused unless NODE_ENV is `test`: nobody turns safety off by mistake. Spec: docs/spec/server.md §6.
 */
import { z } from 'zod';
import { ConfigError } from './klink-yaml.js';

const switches = z.strictObject({
  /** [3.2] Below this producer expiry the window stays at one batch. */
  windowExpiryFloorMs: z.number().int().min(0).exactOptional(),
  /** [3.4] How often idle partitions are looked at. */
  guardEveryMs: z.number().int().min(100).exactOptional(),
  /** [4.1] Believe to own the cluster whatever its coordinator says, and write markers at one epoch for ever. */
  forceOwner: z.boolean().exactOptional(),
});

export type TestSwitches = z.infer<typeof switches>;

export function readTestSwitches(env: Readonly<Record<string, string | undefined>>): TestSwitches {
  const text = env.KLINK_TEST_SWITCHES;
  if (text === undefined || text === '') return {};
  if (env.NODE_ENV !== 'test')
    throw new ConfigError('KLINK_TEST_SWITCHES weakens klink: it is for its own tests alone');
  const parsed = switches.safeParse(parseJson(text));
  if (!parsed.success) throw new ConfigError(`KLINK_TEST_SWITCHES: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`KLINK_TEST_SWITCHES: ${(error as Error).message}`);
  }
}
