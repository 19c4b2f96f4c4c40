/**
 * What an administrator changes beside the records: settings, users, quotas, ACLs, the number of partitions. All of it is
 * durable before it is answered, whatever is flushed, so a reader finds it after a loss of power as well.
 */
import assert from 'node:assert/strict';
import { randomInt } from '../../../src/base/random.js';
import { alterClientQuotas } from '../../../src/protocol/api/alter-client-quotas.js';
import { alterUserScramCredentials } from '../../../src/protocol/api/alter-user-scram-credentials.js';
import { createAcls } from '../../../src/protocol/api/create-acls.js';
import { createPartitions } from '../../../src/protocol/api/create-partitions.js';
import { deleteAcls } from '../../../src/protocol/api/delete-acls.js';
import { describeAcls } from '../../../src/protocol/api/describe-acls.js';
import { describeClientQuotas } from '../../../src/protocol/api/describe-client-quotas.js';
import { describeConfigs } from '../../../src/protocol/api/describe-configs.js';
import { describeUserScramCredentials } from '../../../src/protocol/api/describe-user-scram-credentials.js';
import { incrementalAlterConfigs } from '../../../src/protocol/api/incremental-alter-configs.js';
import { metadata } from '../../../src/protocol/api/metadata.js';
import type { Wire } from '../../harness/wire.js';
import { type Around, fine, GROWING, PLAIN, SHORT } from './places.js';
import { NOTHING, Register } from './register.js';

const [TOPIC, BROKER] = [2, 4];
const SCRAM_SHA_256 = 1;
const USER = 'user';
const LIMIT = 1_000_000_000;
const ITERATIONS_MIN = 4096;
const TIMESTAMP_TYPES = ['CreateTime', 'LogAppendTime'];
/** Segments are begun by time as well, sooner or later. */
const SEGMENT_MS = 500;

/** One thing that has one value: how it is set, and what of it is told. */
interface Lasting {
  readonly register: Register;
  readonly values: () => number;
  readonly set: (wire: Wire, value: number) => Promise<number | undefined>;
  readonly get: (wire: Wire) => Promise<number>;
}

export class LastingChanges {
  readonly #around: Around;
  readonly #lasting: readonly Lasting[];
  readonly #acls = new Map<string, 'there' | 'gone' | 'unknown'>();
  #partitions = 1;

  constructor(around: Around) {
    const { next, random } = around;
    this.#around = around;
    const ofSetting = (
      name: string,
      type: number,
      resource: string,
      told: Pick<Lasting, 'values'> & Words,
    ): Lasting => ({
      register: new Register(`${name} of ${resource || 'all brokers'}`),
      values: told.values,
      set: async (wire, value) => {
        const configs = [{ name, configOperation: 0, value: told.said(value) }];
        const resources = [{ resourceType: type, resourceName: resource, configs }];
        return (await wire.ask(incrementalAlterConfigs, { resources })).responses[0]?.errorCode;
      },
      get: async (wire) => {
        const resources = [{ resourceType: type, resourceName: resource, configurationKeys: [name] }];
        const [found] = (await wire.ask(describeConfigs, { resources })).results[0]?.configs ?? [];
        // What is set on the topic itself, or for all brokers.
        const isSet = found !== undefined && [1, 3].includes(found.configSource);
        return isSet ? told.heard(found.value ?? '') : NOTHING;
      },
    });
    const number: Words = { said: String, heard: Number };
    const type: Words = {
      said: (value) => TIMESTAMP_TYPES[value] ?? '',
      heard: (text) => TIMESTAMP_TYPES.indexOf(text),
    };
    this.#lasting = [
      ofSetting('segment.ms', TOPIC, PLAIN, { ...number, values: () => 1 + randomInt(random, SEGMENT_MS) }),
      ofSetting('message.timestamp.type', TOPIC, SHORT, { ...type, values: () => randomInt(random, 2) }),
      ofSetting('log.retention.ms', BROKER, '', { ...number, values: () => LIMIT + next() }),
      { register: new Register('iterations'), values: () => ITERATIONS_MIN + next(), ...iterations },
      { register: new Register('quota'), values: () => LIMIT + next(), ...quota },
    ];
  }

  async work(wire: Wire): Promise<void> {
    const dice = randomInt(this.#around.random, this.#lasting.length + 3);
    const lasting = this.#lasting[dice];
    if (lasting !== undefined) {
      const value = lasting.values();
      const write = lasting.register.begin(value);
      fine(await lasting.set(wire, value), `a change of ${lasting.register.name}`);
      lasting.register.acknowledge(write);
    } else if (dice === this.#lasting.length) await this.#grow(wire);
    else await this.#changeAcl(wire);
  }

  settle(): void {
    for (const { register } of this.#lasting) register.settle();
  }

  /** Throws where something is that was not asked for, or is not that was acknowledged. */
  async judge(wire: Wire): Promise<void> {
    for (const { register, get } of this.#lasting) register.observe(await get(wire));
    const { topics } = await wire.ask(metadata, { topics: [{ name: GROWING }] });
    const partitions = topics[0]?.partitions.length ?? 0;
    const isAsked = partitions === this.#partitions || partitions === this.#partitions + 1;
    assert.ok(isAsked, `${GROWING} has ${partitions} partitions, and had ${this.#partitions}`);
    this.#partitions = partitions;
    const any = { resourceTypeFilter: 1, patternTypeFilter: 1, operation: 1, permissionType: 1 };
    const asked = { ...any, resourceNameFilter: null, principalFilter: null, hostFilter: null };
    const names = new Set((await wire.ask(describeAcls, asked)).resources.map(({ resourceName }) => resourceName));
    for (const [name, state] of this.#acls) {
      if (state === 'unknown') this.#acls.set(name, names.has(name) ? 'there' : 'gone');
      else assert.equal(names.has(name), state === 'there', `the ACL of ${name} is ${state}`);
    }
  }

  async #grow(wire: Wire): Promise<void> {
    const count = this.#partitions + 1;
    const answer = await wire.ask(createPartitions, { topics: [{ name: GROWING, count, assignments: null }] });
    fine(answer.results[0]?.errorCode, 'CreatePartitions');
    this.#partitions = count;
  }

  async #changeAcl(wire: Wire): Promise<void> {
    const there = [...this.#acls].find(([, state]) => state === 'there')?.[0];
    const name = there ?? `acl${this.#around.next()}`;
    const acl = { resourceType: TOPIC, operation: 3, permissionType: 3 };
    this.#acls.set(name, 'unknown');
    if (there === undefined) {
      const of = { resourceName: name, resourcePatternType: 3, principal: `User:${USER}`, host: '*' };
      fine((await wire.ask(createAcls, { creations: [{ ...acl, ...of }] })).results[0]?.errorCode, 'CreateAcls');
      this.#acls.set(name, 'there');
      return;
    }
    const { resourceType: resourceTypeFilter, ...rest } = acl;
    const of = { resourceNameFilter: name, patternTypeFilter: 3, principalFilter: null, hostFilter: null };
    const filters = [{ ...rest, resourceTypeFilter, ...of }];
    fine((await wire.ask(deleteAcls, { filters })).filterResults[0]?.errorCode, 'DeleteAcls');
    this.#acls.set(name, 'gone');
  }
}

interface Words {
  readonly said: (value: number) => string;
  readonly heard: (text: string) => number;
}

const iterations: Pick<Lasting, 'set' | 'get'> = {
  async set(wire, value) {
    const salted = { salt: Buffer.from('salt'), saltedPassword: Buffer.alloc(32, 1) };
    const upsertions = [{ name: USER, mechanism: SCRAM_SHA_256, iterations: value, ...salted }];
    return (await wire.ask(alterUserScramCredentials, { deletions: [], upsertions })).results[0]?.errorCode;
  },
  async get(wire) {
    const { results } = await wire.ask(describeUserScramCredentials, { users: null });
    return results.find(({ user }) => user === USER)?.credentialInfos[0]?.iterations ?? NOTHING;
  },
};

const quota: Pick<Lasting, 'set' | 'get'> = {
  async set(wire, value) {
    const entity = [{ entityType: 'client-id', entityName: 'nobody' }];
    const entries = [{ entity, ops: [{ key: 'producer_byte_rate', value, remove: false }] }];
    return (await wire.ask(alterClientQuotas, { entries, validateOnly: false })).entries[0]?.errorCode;
  },
  async get(wire) {
    const { entries } = await wire.ask(describeClientQuotas, { components: [], strict: false });
    return entries?.[0]?.values[0]?.value ?? NOTHING;
  },
};
