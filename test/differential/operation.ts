/**
 * What the differential tester is written in. An **operation** draws one request at a time from what is known so far (the
 * world), plausible ones mostly; a **step** is such a request, ready to be sent to each broker, and to be sent again
 * without the others when a difference is made smaller. Operations stand in `operations/`, by area; each area exports a
 * table, and `operations/all.ts` joins them: whoever adds operations adds a file, or a row.
 *
 * Rules for a row:
 * - `draw` uses `drawing.random` alone, so that a seed says everything, and the world as the reference's answers made it.
 *   It gives nothing where nothing fits, and another operation is drawn.
 * - What each broker chooses by itself (ids of topics, producers, sessions, members) has a **name** in the world, like `p3`.
 *   `bind` gives the name its value on each broker, `request` asks for it there, and an answer is compared by names
 *   (`compared.ts`, which knows the fields). Everything else in a request is fixed when it is drawn.
 * - `learn` changes the world by the reference's answer. It is not called when a step is played again.
 * - What an answer begins and does not finish has to be waited for in `settle`, so that the next answer is no accident.
 * - Names of topics, groups and transactional ids come from `world.fresh`: each time that steps are played they get another
 *   beginning (`names.prefix`), so that they never meet on one broker. Inside bytes it is put in by `names.own`.
 * - `tidy` leaves out of an answer what is not ours, and puts in order what has none.
 */
import type { Random } from '../../src/base/random.js';
import { encodeRequest } from '../../src/protocol/codec.js';
import type { Api, Draft } from '../../src/protocol/schema.js';
import type { Names } from './names.js';
import type { Outcome, Side } from './side.js';
import type { World } from './world.js';

export interface Drawing {
  readonly random: Random;
  readonly world: World;
  /** A version that every broker has: the highest one half of the time. Undefined where one of them lacks the API. */
  version(
    api: Pick<Api<unknown, unknown>, 'key' | 'versions'>,
    within?: { min?: number; max?: number },
  ): number | undefined;
}

export interface Operation {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  draw(drawing: Drawing): Step | undefined;
}

/** A step with its types; `step` makes one that can stand beside all others. */
export interface StepOf<Q, S> {
  /** What a report calls it. */
  readonly operation: string;
  readonly api: Api<Q, S>;
  readonly version: number;
  /** Each number is a connection of its own. Default: 0. */
  readonly connection?: number;
  readonly request: (names: Names) => Draft<Q>;
  /** Before it is sent: until the broker has seen what was done before. */
  readonly ready?: (side: Side) => Promise<void>;
  /** The answer may wait for what others do: then it is left for a step that collects it on the same connection. */
  readonly parks?: boolean;
  /** Nothing is sent: the answer that a step of the same API and version has left on this connection. */
  readonly collects?: boolean;
  /** The broker answers nothing, or ends the connection: Produce with acks=0. */
  readonly unanswered?: boolean;
  /** The broker is asked again until it says something else: what is still being finished or loaded. */
  readonly isNotYet?: (answer: S) => boolean;
  readonly bind?: (answer: S, names: Names) => void;
  readonly settle?: (side: Side, answer: S) => Promise<void>;
  readonly tidy?: (answer: S, names: Names) => unknown;
  /** With the names of the reference. Undefined: there was no answer, or not yet. */
  readonly learn?: (answer: S | undefined, names: Names) => void;
}

export interface Step {
  readonly operation: string;
  readonly api: Api<unknown, unknown>;
  readonly version: number;
  readonly connection: number;
  readonly unanswered: boolean;
  readonly parks: boolean;
  readonly collects: boolean;
  /** The request as that broker gets it. */
  request(names: Names): unknown;
  encode(names: Names, correlationId: number): Buffer[];
  ready(side: Side): Promise<void>;
  isNotYet(answer: unknown): boolean;
  bind(answer: unknown, names: Names): void;
  settle(side: Side, answer: unknown): Promise<void>;
  tidy(answer: unknown, names: Names): unknown;
  learn(outcome: Outcome, names: Names): void;
}

export function step<Q, S>(of: StepOf<Q, S>): Step {
  const request = (names: Names) => names.own(of.request(names));
  return {
    operation: of.operation,
    api: of.api as Api<unknown, unknown>,
    version: of.version,
    connection: of.connection ?? 0,
    unanswered: of.unanswered ?? false,
    parks: of.parks ?? false,
    collects: of.collects ?? false,
    request,
    encode: (names, correlationId) =>
      encodeRequest(of.api, of.version, { correlationId, clientId: 'differential' }, request(names)),
    ready: async (side) => of.ready?.(side),
    isNotYet: (answer) => of.isNotYet?.(answer as S) ?? false,
    bind: (answer, names) => of.bind?.(answer as S, names),
    settle: async (side, answer) => of.settle?.(side, answer as S),
    tidy: (answer, names) => of.tidy?.(answer as S, names) ?? answer,
    learn: (outcome, names) => of.learn?.(outcome.kind === 'answer' ? (outcome.answer as S) : undefined, names),
  };
}
