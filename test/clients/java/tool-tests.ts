/** What each of Kafka's console tools does, as tests: the same commands on the embedded broker and on Apache Kafka. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import kafkajs from 'kafkajs';
import { type MatrixBroker, startMatrixBroker } from '../matrix-broker.js';
import type { JavaVersion } from './row.js';
import { type Command, runCommands } from './tools.js';

const AT = '--bootstrap-server BOOTSTRAP';

export function playTools(version: JavaVersion): void {
  describe(`console tools of ${version}`, () => {
    const dir = mkdtempSync(join(tmpdir(), 'klink-tools-'));
    let broker: MatrixBroker;
    before(async () => {
      broker = await startMatrixBroker();
    });
    after(async () => {
      await broker.stop();
      rmSync(dir, { recursive: true, force: true });
    });
    const file = (name: string, content: object | string): string => {
      const path = join(dir, name);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    };
    const plays = (name: string, commands: () => readonly Command[] | Promise<readonly Command[]>) =>
      test(name, async () => runCommands(version, broker, await commands()));

    plays('kafka-topics makes, shows, grows and deletes topics', () => [
      topics('--create --topic tools --partitions 2 --config retention.ms=-1', { says: /^Created topic tools\.$/m }),
      topics('--create --topic tools', { says: /Topic 'tools' already exists/, code: 1 }),
      topics('--create --topic many --replication-factor 3', { says: /InvalidReplicationFactor/, code: 1 }),
      topics('--list', { says: /^tools$/m }),
      topics('--describe --topic tools', {
        says: /PartitionCount: 2\tReplicationFactor: 1\tConfigs: .*retention.ms=-1/,
      }),
      topics('--describe --under-replicated-partitions', { saysNot: /tools/ }),
      topics('--alter --topic tools --partitions 3'),
      topics('--alter --topic tools --partitions 1', {
        says: /currently has 3 partition.*not be an increase/,
        code: 1,
      }),
      topics('--create --topic brief --partitions 1'),
      topics('--delete --topic brief'),
      topics('--list', { saysNot: /brief/ }),
    ]);
    plays('kafka-console-producer and -consumer pass on keys, values and offsets', () => [
      {
        tool: 'kafka-console-producer',
        args: `${AT} --topic tools --property parse.key=true --compression-codec zstd`,
        input: 'k1\tv1\nk2\tv2\nk3\tv3\n',
      },
      consumer(
        '--topic tools --from-beginning --max-messages 3 --timeout-ms 20000 --group tools-group --property print.key=true',
        {
          says: /^k1\tv1$(.|\n)*total of 3 messages/m,
        },
      ),
      consumer(
        '--include to.ls --from-beginning --max-messages 3 --timeout-ms 20000 --isolation-level read_committed',
        { says: /^v2$/m },
      ),
    ]);
    plays('kafka-consumer-groups shows, resets and deletes groups and their offsets', () => [
      groups('--list', { says: /^tools-group$/m }),
      groups('--describe --group tools-group', { says: /tools-group +tools +\d +\d +\d +0 / }),
      groups('--describe --group tools-group --state', { says: /Empty/ }),
      groups('--group tools-group --reset-offsets --to-earliest --topic tools --execute', {
        says: /tools-group +tools +2 +0/,
      }),
      groups('--group tools-group --delete-offsets --topic tools', { says: /tools +2 +Successful/ }),
      groups('--delete --group tools-group', {
        says: /was successful/,
        // Without members and offsets it is gone.
        instead: { '3.9.1': /GroupIdNotFoundException/ },
      }),
      groups('--list', { saysNot: /tools-group/ }),
    ]);
    plays('kafka-consumer-groups resets to where it is told, and refuses what is nowhere', () => [
      topics('--create --topic resets --partitions 1'),
      { tool: 'kafka-console-producer', args: `${AT} --topic resets`, input: '1\n2\n3\n' },
      reset('--to-latest', { says: /resets +0 +3\b/ }),
      reset('--shift-by -1', { says: /resets +0 +2\b/ }),
      reset('--shift-by -1000', { says: /resets +0 +0\b/ }),
      reset('--to-offset 1000', { says: /resets +0 +3\b/ }),
      reset('--to-datetime 2020-01-01T00:00:00.000', { says: /resets +0 +0\b/ }),
      reset('--by-duration PT0S', { says: /resets +0 +3\b/ }),
      reset(`--from-file ${file('resets.csv', 'resets,0,1\n')}`, { says: /resets +0 +1\b/ }),
      reset('--to-current', { says: /resets +0 +1\b/ }),
      groups('--delete --group resets-group', { says: /was successful/ }),
      groups('--delete --group resets-group', { says: /GroupIdNotFoundException/ }),
    ]);
    plays('kafka-get-offsets and kafka-delete-records see and move the ends of a log', () => [
      offsets('--topic tools --time earliest', { says: /^tools:0:0\ntools:1:0\ntools:2:0$/m }),
      offsets('--topic tools --time max-timestamp', { says: /^tools:\d:\d$/m }),
      {
        tool: 'kafka-delete-records',
        args: `${AT} --offset-json-file ${file('delete.json', { partitions: [0, 1, 2].map((partition) => ({ topic: 'tools', partition, offset: -1 })), version: 1 })}`,
        says: /partition: tools-0\tlow_watermark: \d/,
      },
      consumer('--topic tools --from-beginning --timeout-ms 500', { says: /total of 0 messages/ }),
    ]);
    plays('kafka-configs changes and shows settings, users and quotas', () => [
      configs('--alter --entity-type topics --entity-name tools --add-config segment.bytes=2097152', {
        says: /Completed updating/,
      }),
      configs('--describe --entity-type topics --entity-name tools', {
        says: /segment.bytes=2097152 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:segment.bytes=2097152/,
      }),
      configs('--alter --entity-type topics --entity-name tools --add-config nope=1', { says: /Unknown/, code: 1 }),
      configs('--alter --entity-type brokers --entity-default --add-config log.retention.ms=8000000'),
      configs('--describe --entity-type brokers --entity-default', { says: /log.retention.ms=8000000/ }),
      configs('--alter --entity-type users --entity-name tool --add-config SCRAM-SHA-256=[iterations=4096,password=p]'),
      configs('--describe --entity-type users --entity-name tool', { says: /SCRAM-SHA-256=iterations=4096/ }),
      configs('--alter --entity-type clients --entity-name tool --add-config producer_byte_rate=1048576'),
      configs('--describe --entity-type clients --entity-name tool', { says: /producer_byte_rate=1048576/ }),
      configs('--alter --entity-type groups --entity-name tools-g --add-config consumer.session.timeout.ms=50000', {
        instead: { '3.9.1': /Unknown resource type 32/ },
        only: '4.3.0',
      }),
      configs('--describe --entity-type groups', {
        says: /group tools-g(.|\n)*consumer.session.timeout.ms=50000/,
        instead: { '3.9.1': /InvalidRequestException/ },
        only: '4.3.0',
      }),
      configs('--describe --entity-type broker-loggers --entity-name 1', {
        instead: { embedded: /Resource type 8 has no settings/ },
      }),
    ]);
    plays('kafka-acls makes, finds and removes rules', () => [
      acls('--add --allow-principal User:bob --producer --topic to --resource-pattern-type prefixed', {
        says: /principal=User:bob, host=\*, operation=WRITE, permissionType=ALLOW/,
      }),
      acls('--add --deny-principal User:eve --operation Read --topic tools', { says: /permissionType=DENY/ }),
      acls('--list --topic tools --resource-pattern-type match', {
        says: /User:bob(.|\n)*User:eve|User:eve(.|\n)*User:bob/,
      }),
      acls('--remove --topic to --resource-pattern-type prefixed --force'),
      acls('--remove --topic tools --force'),
      acls('--list', { saysNot: /User:(bob|eve)/ }),
    ]);
    plays('kafka-transactions finds an open transaction and ends it', async () => [
      transaction('list', { says: /TransactionalId/ }),
      ...(await openTransaction(broker)),
      transaction('find-hanging --broker-id 1', { says: /StartOffset/ }),
      transaction('describe --transactional-id open', { says: /Ongoing.*tools-0/ }),
      transaction('describe-producers --topic tools --partition 0', { says: /^\d+ +\t\d+ +\t.*\t\d+ *\t?$/m }),
      transaction('forceTerminateTransaction --transactionalId open', { only: '4.3.0' }),
      transaction('describe --transactional-id open', { says: /open +\t/, saysNot: /Ongoing/, only: '4.3.0' }),
    ]);
    plays('tools that look at the cluster', () => [
      { tool: 'kafka-cluster', args: `cluster-id ${AT}`, says: /Cluster ID: \S{22}/ },
      { tool: 'kafka-cluster', args: `list-endpoints ${AT}`, says: /^1 +127\.0\.0\.1/m, only: '4.3.0' },
      {
        tool: 'kafka-broker-api-versions',
        args: AT,
        says: /Produce\(0\): \d+ to 13/,
        instead: { '3.9.1': /Produce\(0\): \d+ to 11/ },
      },
      { tool: 'kafka-log-dirs', args: `${AT} --describe`, says: /"partition":"tools-0"/ },
      { tool: 'kafka-features', args: `${AT} describe` },
      {
        tool: 'kafka-reassign-partitions',
        args: `${AT} --generate --broker-list 1 --topics-to-move-json-file ${file('move.json', { topics: [{ topic: 'tools' }], version: 1 })}`,
        says: /"topic":"tools","partition":0,"replicas":\[1\]/,
      },
      {
        tool: 'kafka-streams-application-reset',
        args: `${AT} --application-id nobody --input-topics tools`,
        says: /Topic: tools Partition: 0 Offset: \d+/,
      },
      { tool: 'kafka-groups', args: `${AT} --list`, says: /GROUP +TYPE +PROTOCOL/, only: '4.3.0' },
    ]);
    plays('tools for what one broker does not have are refused in words', () => [
      {
        tool: 'kafka-metadata-quorum',
        args: `${AT} describe --status`,
        says: /LeaderId/,
        instead: { embedded: /DESCRIBE_QUORUM/ },
      },
      {
        tool: 'kafka-leader-election',
        args: `${AT} --election-type preferred --topic tools --partition 0`,
        says: /Valid replica already elected/,
        instead: { embedded: /ELECT_LEADERS/ },
      },
      {
        tool: 'kafka-reassign-partitions',
        args: `${AT} --list`,
        says: /No partition reassignments found/,
        instead: { embedded: /LIST_PARTITION_REASSIGNMENTS/ },
      },
      {
        tool: 'kafka-client-metrics',
        args: `${AT} --alter --name metrics --metrics org.apache.kafka. --interval 10000`,
        instead: { embedded: /Unknown resource type 16/ },
      },
      {
        tool: 'kafka-delegation-tokens',
        args: `${AT} --create --max-life-time-period -1 --command-config ${file('none', '')}`,
        says: /Delegation Token/,
        code: 1,
        instead: { embedded: /CREATE_DELEGATION_TOKEN/ },
      },
      { tool: 'kafka-share-groups', args: `${AT} --list`, only: '4.3.0' },
      {
        tool: 'kafka-share-groups',
        args: `${AT} --describe --group shared`,
        says: /Group shared not found/,
        instead: { embedded: /SHARE_GROUP_DESCRIBE/, '3.9.1': /SHARE_GROUP_DESCRIBE/ },
        only: '4.3.0',
      },
      {
        tool: 'kafka-console-share-consumer',
        args: `${AT} --topic tools --group shared --timeout-ms 500`,
        says: /total of 0 messages/,
        instead: {
          embedded: /does not support the share group protocol/,
          '3.9.1': /does not support the share group protocol/,
        },
        only: '4.3.0',
      },
      { tool: 'kafka-streams-groups', args: `${AT} --list`, only: '4.3.0' },
      {
        tool: 'kafka-streams-groups',
        args: `${AT} --describe --group streaming`,
        says: /Group streaming not found/,
        code: 1,
        instead: { embedded: /STREAMS_GROUP_DESCRIBE/, '3.9.1': /STREAMS_GROUP_DESCRIBE/ },
        only: '4.3.0',
      },
    ]);
    plays('the performance tools write and read what they were told to', () => [
      topics('--create --topic perf --partitions 1'),
      producerPerf('--topic perf --num-records 2000', { says: /^2000 records sent/m }),
      producerPerf('--topic perf --num-records 2000 --transactional-id perf --transaction-duration-ms 50', {
        says: /^2000 records sent/m,
      }),
      {
        tool: 'kafka-consumer-perf-test',
        args: `${AT} --topic perf --${version === '3.9.1' ? 'messages' : 'num-records'} 4000`,
        says: /, 400\d, /,
      },
      topics('--create --topic latency --partitions 1'),
      { tool: 'kafka-e2e-latency', args: 'BOOTSTRAP latency 50 all 100', says: /Avg latency: \d/ },
    ]);
    plays('the verifiable producer and consumer agree', () => [
      topics('--create --topic verified --partitions 1'),
      {
        tool: 'kafka-verifiable-producer',
        args: `${AT} --topic verified --max-messages 5`,
        says: /"sent":5,"acked":5|"acked":5/,
      },
      {
        tool: 'kafka-verifiable-consumer',
        args: `${AT} --topic verified --group-id verified --max-messages 5`,
        says: /"minOffset":0,"maxOffset":4(.|\n)*"success":true/,
      },
    ]);
  });
}

type Expected = Omit<Command, 'tool' | 'args'>;
const of =
  (tool: Command['tool'], more = '') =>
  (args: string, expected: Expected = {}): Command => ({ tool, args: `${AT} ${args}${more}`, ...expected });
const topics = of('kafka-topics');
const consumer = of('kafka-console-consumer');
const groups = of('kafka-consumer-groups');
const reset = (to: string, expected: Expected) =>
  groups(`--group resets-group --reset-offsets ${to} --topic resets --execute`, expected);
const offsets = of('kafka-get-offsets');
const configs = of('kafka-configs');
const acls = of('kafka-acls');
const transaction = of('kafka-transactions');
const producerPerf = (args: string, expected: Expected): Command => ({
  tool: 'kafka-producer-perf-test',
  args: `${args} --record-size 100 --throughput -1 --producer-props bootstrap.servers=BOOTSTRAP`,
  ...expected,
});

/** Left open by a client that ends no transaction. */
async function openTransaction(broker: MatrixBroker): Promise<readonly never[]> {
  const kafka = new kafkajs.Kafka({ brokers: [broker.plaintext], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: 'open', idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const open = await producer.transaction();
  await open.send({ topic: 'tools', messages: [{ partition: 0, value: 'unfinished' }] });
  await producer.disconnect();
  return [];
}
