/**
 * Every error code that klink's engine decides by, and which behaviour of the suite has it from a real broker; or why no
 * client can. docs/spec/conformance.md shows it; test/sim/conformance-page.test.ts holds that none is missing. And the codes
 * that nothing else of the suite asks for.
 */
import assert from 'node:assert/strict';
import { alterUserScramCredentials } from '../../src/protocol/api/alter-user-scram-credentials.js';
import { findCoordinator } from '../../src/protocol/api/find-coordinator.js';
import { initProducerId } from '../../src/protocol/api/init-producer-id.js';
import { joinGroup } from '../../src/protocol/api/join-group.js';
import { offsetCommit } from '../../src/protocol/api/offset-commit.js';
import { saslHandshake } from '../../src/protocol/api/sasl-handshake.js';
import type { errorCode } from '../../src/protocol/errors.js';
import { until } from '../harness/until.js';
import type { Wire } from '../harness/wire.js';
import type { WireTopic } from '../harness/wire-topic.js';
import type { Suite } from './conformance-behaviours.js';

export type CodeName = keyof typeof errorCode;

export type Source =
  /** As the page names the behaviour. */
  | { readonly kind: 'row'; readonly row: string }
  /** Asked of the same three brokers by another suite. */
  | { readonly kind: 'suite'; readonly file: string }
  /** No client gets it from one broker that is well, for this reason. */
  | { readonly kind: 'never'; readonly why: string };

const row = (name: string): Source => ({ kind: 'row', row: name });
const suite = (file: string): Source => ({ kind: 'suite', file });
const never = (why: string): Source => ({ kind: 'never', why });

const SEVERAL =
  'Only a broker of several has it: another one leads, or takes over. The system tests on three nodes meet it.';
const NEITHER = 'Neither version sends it to a client any more.';
const OWN_ROW = 'error codes: what asks for too much, or at the wrong place, is refused with a code of its own';

export const sources: Partial<Record<CodeName, Source>> = {
  NONE: row('bytes are kept as they came but for base offset and leader epoch'),
  UNKNOWN_SERVER_ERROR: row('records of a batch: what does not unpack is refused without a code of its own'),
  OFFSET_OUT_OF_RANGE: row('deleting records: the log start moves, the log end does not, and reading below is refused'),
  CORRUPT_MESSAGE: row('batches that are not sound are refused'),
  UNKNOWN_TOPIC_OR_PARTITION: row('topics and settings: what is not there is named so'),
  LEADER_NOT_AVAILABLE: never(SEVERAL),
  NOT_LEADER_OR_FOLLOWER: never(SEVERAL),
  REQUEST_TIMED_OUT: never(`${SEVERAL} One broker alone waits for nobody.`),
  BROKER_NOT_AVAILABLE: never(NEITHER),
  REPLICA_NOT_AVAILABLE: never(SEVERAL),
  MESSAGE_TOO_LARGE: row('topics and settings: a smaller batch limit holds at once'),
  OFFSET_METADATA_TOO_LARGE: row(OWN_ROW),
  COORDINATOR_LOAD_IN_PROGRESS: never(
    'It is met for moments behind a start, by chance: the suite waits while it is told so.',
  ),
  COORDINATOR_NOT_AVAILABLE: never('It is met for moments until the topic of the coordinator is made, by chance.'),
  NOT_COORDINATOR: never(SEVERAL),
  INVALID_TOPIC_EXCEPTION: row('topics and settings: what cannot be created is refused with its reason'),
  RECORD_LIST_TOO_LARGE: row(
    'what stands in the records of a partition: sizes are looked at before anything else of a batch, and again when it is written anew',
  ),
  NOT_ENOUGH_REPLICAS: never(
    '`min.insync.replicas` above the one replica there is: it has no effect on the embedded broker.',
  ),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: never(SEVERAL),
  ILLEGAL_GENERATION: row('groups: one member alone: join, sync, heartbeat, commit, leave'),
  INVALID_GROUP_ID: row(OWN_ROW),
  UNKNOWN_MEMBER_ID: row(
    'groups: generation −1 commits to a group that is not there or empty; anything else is refused',
  ),
  REBALANCE_IN_PROGRESS: row('groups: a second member starts a rebalance, and a silent one is put out'),
  INVALID_COMMIT_OFFSET_SIZE: never(
    'A commit above the batch limit of the offsets topic, whose segments differ (broker 6): not asked.',
  ),
  TOPIC_AUTHORIZATION_FAILED: suite('test/kafka/security.test.ts'),
  GROUP_AUTHORIZATION_FAILED: suite('test/kafka/security.test.ts'),
  CLUSTER_AUTHORIZATION_FAILED: suite('test/kafka/security.test.ts'),
  INVALID_TIMESTAMP: row(
    'records that are refused one by one: one timestamp out of range refuses the batch, and each such record is named',
  ),
  UNSUPPORTED_SASL_MECHANISM: row(OWN_ROW),
  ILLEGAL_SASL_STATE: row(OWN_ROW),
  UNSUPPORTED_VERSION: row('a version that is not there is answered in version 0 with what is there'),
  TOPIC_ALREADY_EXISTS: row('topics and settings: what cannot be created is refused with its reason'),
  INVALID_PARTITIONS: row('topics and settings: a topic grows, never shrinks'),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: never('It speaks of topics of a format before 2, which neither version keeps.'),
  POLICY_VIOLATION: row('compaction: a topic that is only compacted has neither retention nor DeleteRecords'),
  OUT_OF_ORDER_SEQUENCE_NUMBER: row('compare and append: sequences wrap after 2³¹ − 1'),
  DUPLICATE_SEQUENCE_NUMBER: never(`${NEITHER} A duplicate is answered with its old offset, or as out of order (45).`),
  INVALID_PRODUCER_EPOCH: row('markers: a barrier fences older epochs, also where nothing was written'),
  INVALID_PRODUCER_ID_MAPPING: row(
    'transactions: what was not begun cannot be ended, and an unknown id has no producer',
  ),
  INVALID_TRANSACTION_TIMEOUT: row(OWN_ROW),
  CONCURRENT_TRANSACTIONS: never(
    'It is met between an end and its markers, by chance: the suite asks again where it is told so.',
  ),
  TRANSACTION_COORDINATOR_FENCED: row(
    'markers: an equal epoch is appended, a lower one refused, for producer and coordinator',
  ),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: row('batches that are not sound are refused'),
  SECURITY_DISABLED: row('topics and settings: without an authorizer there are no ACLs to describe'),
  OPERATION_NOT_ATTEMPTED: row('transactions: partitions that are not there keep the others out of the transaction'),
  KAFKA_STORAGE_ERROR: never('Only a disk that fails makes it: test/sim/broker-disk-full.test.ts does.'),
  SASL_AUTHENTICATION_FAILED: suite('test/kafka/client-logins.ts'),
  REASSIGNMENT_IN_PROGRESS: never(SEVERAL),
  GROUP_ID_NOT_FOUND: row('groups: a classic group is listed, is no group of the newer protocol, and can be deleted'),
  FENCED_LEADER_EPOCH: row('leader epochs: a restart raises the epoch; old and new end where they should'),
  UNKNOWN_LEADER_EPOCH: row('leader epochs: a restart raises the epoch; old and new end where they should'),
  UNSUPPORTED_COMPRESSION_TYPE: row(
    'what stands in the records of a partition: one batch of magic 2, whole; the begin of another is passed over',
  ),
  OFFSET_NOT_AVAILABLE: never(SEVERAL),
  INVALID_RECORD: row('batches that are not sound are refused'),
  THROTTLING_QUOTA_EXCEEDED: row(
    'quotas: changes of topics over the rate are refused to who knows the code, and waited for by others',
  ),
  PRODUCER_FENCED: row('groups: transactional offsets count at the commit, and the next owner fences a late one'),
  UNKNOWN_TOPIC_ID: row('reading: a topic made again is another topic'),
  INCONSISTENT_TOPIC_ID: never('It is met while a topic is being made again, by chance; before and after it is 100.'),
  STALE_MEMBER_EPOCH: row('consumer groups: offsets are committed and read in the epoch of the member'),
};

interface Bench {
  readonly topic: () => Promise<WireTopic>;
  readonly wire: () => Wire;
  readonly newName: () => string;
}

const METADATA_BYTES_MAX = 4096;
const TIMEOUT_MS_MAX = 900_000;

export function codeConformance(conformance: Suite, bench: Bench): void {
  conformance.describe('error codes', () => {
    conformance.behaviour(
      'what asks for too much, or at the wrong place, is refused with a code of its own',
      async () => {
        const t = await bench.topic();
        const group = bench.newName();
        const commit = async (metadata: string) => {
          const partitions = [
            { partitionIndex: 0, committedOffset: 1n, committedLeaderEpoch: -1, committedMetadata: metadata },
          ];
          const who = { groupId: group, generationIdOrMemberEpoch: -1, memberId: '' };
          const request = { ...who, topics: [{ name: t.name, partitions }] };
          return (await bench.wire().ask(offsetCommit, request, 8)).topics[0]?.partitions[0]?.errorCode;
        };
        const asked = { keyType: 0, key: group, coordinatorKeys: [group] };
        await until('a coordinator', 30_000, async () => {
          const answer = await bench.wire().ask(findCoordinator, asked);
          if ((answer.coordinators[0]?.errorCode ?? answer.errorCode) !== 0) return false;
          return (await commit('x'.repeat(METADATA_BYTES_MAX))) === 0;
        });
        assert.equal(await commit('x'.repeat(METADATA_BYTES_MAX + 1)), 12);

        const member = { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 10_000, memberId: '', groupInstanceId: null };
        const protocols = [{ name: 'one', metadata: Buffer.alloc(0) }];
        const joining = { groupId: '', ...member, protocolType: 'klink', protocols };
        assert.equal((await bench.wire().ask(joinGroup, joining)).errorCode, 24, 'a group without a name');

        const init = { transactionalId: bench.newName(), producerId: -1n, producerEpoch: -1 };
        for (const transactionTimeoutMs of [TIMEOUT_MS_MAX + 1, 0]) {
          assert.equal((await bench.wire().ask(initProducerId, { ...init, transactionTimeoutMs })).errorCode, 50);
        }

        assert.equal(
          (await bench.wire().ask(saslHandshake, { mechanism: 'PLAIN' })).errorCode,
          34,
          'nobody logs in here',
        );
        const bytes = Buffer.alloc(16, 1);
        const strange = { name: 'somebody', mechanism: 9, iterations: 8192, salt: bytes, saltedPassword: bytes };
        const answer = await bench.wire().ask(alterUserScramCredentials, { deletions: [], upsertions: [strange] });
        assert.equal(answer.results[0]?.errorCode, 33);
      },
    );
  });
}
