/**
 * SCRAM users (KIP-554) and client quotas (KIP-546): changed one by one and several at once, asked for by every kind of
 * filter, with what may not be. Quotas are so large that nobody is held to them. Users and entities name this seed; quotas of
 * all users, clients and addresses, which every seed shares, are set and taken away by every seed alike.
 */
import type { Random } from '../../../src/base/random.js';
import { alterClientQuotas } from '../../../src/protocol/api/alter-client-quotas.js';
import { alterUserScramCredentials } from '../../../src/protocol/api/alter-user-scram-credentials.js';
import { describeClientQuotas } from '../../../src/protocol/api/describe-client-quotas.js';
import { describeUserScramCredentials } from '../../../src/protocol/api/describe-user-scram-credentials.js';
import { chance, mostly, pick, some } from '../draws.js';
import { type Names, PREFIX } from '../names.js';
import { type Drawing, type Operation, type Step, step } from '../operation.js';

const USERS = [`${PREFIX}u`, `${PREFIX}v`, `${PREFIX}w`];
const MECHANISMS = [1, 1, 2, 2];
const STRANGE_MECHANISMS = [0, 3, -1];
const [EXACT, DEFAULT, SPECIFIED] = [0, 1, 2];
const KEYS = ['producer_byte_rate', 'consumer_byte_rate', 'request_percentage', 'controller_mutation_rate'];
const ADDRESS_KEY = 'connection_creation_rate';
const LARGE = [1e9, 2e9];
/** NaN and infinity are refused beyond Kafka: docs/spec/broker.md 9.7. A fraction is none of bytes and connections. */
const REFUSED_VALUES = [0, -1, 1e9 + 0.5, 1e19, 3e9];

interface Component {
  readonly entityType: string;
  readonly entityName: string | null;
}

export const userAndQuotaOperations: readonly Operation[] = [
  { name: 'alter users', weight: 2, draw: (drawing) => alteringUsers(drawing) },
  { name: 'describe users', weight: 1, draw: (drawing) => describingUsers(drawing) },
  { name: 'alter quotas', weight: 2, draw: (drawing) => alteringQuotas(drawing) },
  { name: 'describe quotas', weight: 2, draw: (drawing) => describingQuotas(drawing) },
];

function alteringUsers(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(alterUserScramCredentials);
  if (version === undefined) return undefined;
  const named = () => ({
    name: mostly(random, pick(random, USERS), 0.04, ['']),
    mechanism: mostly(random, pick(random, MECHANISMS), 0.06, STRANGE_MECHANISMS),
  });
  const deletions = Array.from({ length: pick(random, [0, 0, 1, 1, 2]) }, named);
  const upsertions = Array.from({ length: pick(random, [0, 1, 1, 1, 2]) }, () => ({
    ...named(),
    iterations: mostly(random, pick(random, [4096, 8192]), 0.12, [4095, 16384, 16385, 0, -1]),
    salt: mostly(random, Buffer.from('salt'), 0.05, [Buffer.alloc(0)]),
    saltedPassword: mostly(random, Buffer.alloc(32, 's'), 0.05, [Buffer.alloc(0), Buffer.from('short')]),
  }));
  return step({
    operation: 'alter users',
    api: alterUserScramCredentials,
    version,
    request: () => ({ deletions, upsertions }),
    settle: (side) => side.fence(),
    tidy: (answer) => ({ ...answer, results: byText(answer.results) }),
  });
}

function describingUsers(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(describeUserScramCredentials);
  if (version === undefined) return undefined;
  const names = some(random, [...USERS, `${PREFIX}nobody`], 3);
  const asked = mostly<string[] | null>(random, names, 0.2, [null, [], [...names, ...names], [...names, '']]);
  return step({
    operation: 'describe users',
    api: describeUserScramCredentials,
    version,
    request: () => ({ users: asked?.map((name) => ({ name })) ?? null }),
    tidy: (answer, names) => ({
      ...answer,
      results: byText(
        answer.results
          .filter(({ user }) => user.startsWith(names.prefix) || user === '')
          .map(({ credentialInfos, ...result }) => ({ ...result, credentialInfos: byText(credentialInfos) })),
      ),
    }),
  });
}

function drawEntity(random: Random): Component[] {
  const user = { entityType: 'user', entityName: mostly<string | null>(random, pick(random, USERS), 0.3, [null]) };
  const client = { entityType: 'client-id', entityName: mostly<string | null>(random, `${PREFIX}c`, 0.3, [null]) };
  const address = { entityType: 'ip', entityName: mostly<string | null>(random, '10.1.2.3', 0.3, [null, '10.1.2.4']) };
  const usual = pick(random, [[user], [client], [user, client], [client, user], [address]]);
  const strange = { entityType: pick(random, ['group', '', 'USER', 'ip']), entityName: pick(random, ['x', null, '']) };
  return mostly<Component[]>(random, usual, 0.1, [
    [],
    [user, user],
    [user, address],
    [strange],
    [user, strange],
    [{ ...user, entityName: '' }],
    [{ ...address, entityName: '10.1' }],
  ]);
}

function drawOps(random: Random, entity: readonly Component[]) {
  const own = entity.some(({ entityType }) => entityType === 'ip') ? [ADDRESS_KEY] : KEYS;
  const keys = mostly(random, some(random, own, 2), 0.08, [
    [ADDRESS_KEY],
    ['producer_byte_rate'],
    ['no_such_rate'],
    [''],
  ]);
  const named = chance(random, 0.05) ? [...keys, ...keys] : keys;
  // Which of two that are refused is told goes by a table.
  const refused = chance(random, 0.15) ? pick(random, named) : undefined;
  return named.map((key) => ({
    key,
    value: pick(random, key === refused ? REFUSED_VALUES : LARGE),
    remove: key !== refused && chance(random, 0.35),
  }));
}

function alteringQuotas(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(alterClientQuotas);
  if (version === undefined) return undefined;
  const entries = Array.from({ length: mostly(random, 1, 0.25, [0, 2]) }, () => {
    const entity = drawEntity(random);
    return { entity, ops: chance(random, 0.05) ? [] : drawOps(random, entity) };
  });
  const [first] = entries;
  const asked = first !== undefined && chance(random, 0.05) ? [...entries, first] : entries;
  const validateOnly = chance(random, 0.15);
  return step({
    operation: 'alter quotas',
    api: alterClientQuotas,
    version,
    request: () => ({ entries: asked, validateOnly }),
    settle: (side) => side.fence(),
    tidy: (answer) => ({
      ...answer,
      entries: byText(answer.entries.map(({ entity, ...entry }) => ({ ...entry, entity: byText(entity) }))),
    }),
  });
}

function describingQuotas(drawing: Drawing): Step | undefined {
  const { random } = drawing;
  const version = drawing.version(describeClientQuotas);
  if (version === undefined) return undefined;
  const drawn = drawEntity(random).map(({ entityType, entityName }) => {
    const matchType = mostly(random, entityName === null ? DEFAULT : EXACT, 0.35, [
      SPECIFIED,
      SPECIFIED,
      DEFAULT,
      3,
      -1,
    ]);
    const usual = matchType === EXACT ? entityName : null;
    return { entityType, matchType, match: mostly<string | null>(random, usual, 0.05, ['x', null, '']) };
  });
  return quotasOf(version, { components: drawn, strict: chance(random, 0.4) });
}

/** All that there are. */
export function allQuotas(drawing: Drawing): Step | undefined {
  const version = drawing.version(describeClientQuotas);
  return version === undefined ? undefined : quotasOf(version, { components: [], strict: false });
}

function quotasOf(
  version: number,
  request: {
    readonly components: { entityType: string; matchType: number; match: string | null }[];
    readonly strict: boolean;
  },
): Step {
  return step({
    operation: 'describe quotas',
    api: describeClientQuotas,
    version,
    request: () => request,
    tidy: (answer, names) => ({
      ...answer,
      entries:
        answer.entries &&
        byText(
          answer.entries
            .filter(({ entity }) => isOwn(entity, names))
            .map(({ entity, values }) => ({ entity: byText(entity), values: byText(values) })),
        ),
    }),
  });
}

/** Without a user or client of another seed. */
function isOwn(entity: readonly Component[], names: Names): boolean {
  return entity.every(
    ({ entityType, entityName }) => entityType === 'ip' || entityName === null || entityName.startsWith(names.prefix),
  );
}

/** Each as its text, in order: nobody says in which they stand. */
function byText(entries: readonly object[]): string[] {
  return entries.map((entry) => JSON.stringify(Object.entries(entry).sort())).sort();
}
