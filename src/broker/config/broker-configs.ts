/**
 * The settings of the broker itself: those that this broker works with, plus those that clients and tools read.
 * Names and defaults are facts of Apache Kafka 4.3.0 unless docs/spec/broker.md §6 says otherwise.
 */
import { saslMechanisms } from '../../base/sasl.js';
import { type ConfigDefinition, LONG_MAX } from './definition.js';
import { topicConfigs } from './topic-configs.js';

export const STANDARD_AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer';

/** The first one is used where members do not ask for one. */
const ASSIGNORS = ['uniform', 'range'];
const MIGRATION_POLICIES = ['disabled', 'downgrade', 'upgrade', 'bidirectional'];
const REBALANCE_PROTOCOLS = ['classic', 'consumer'];

const own: readonly ConfigDefinition[] = [
  { name: 'advertised.listeners', type: 'STRING', default: null },
  { name: 'allow.everyone.if.no.acl.found', type: 'BOOLEAN', default: 'false' },
  { name: 'authorizer.class.name', type: 'STRING', default: '', oneOf: ['', STANDARD_AUTHORIZER] },
  { name: 'auto.create.topics.enable', type: 'BOOLEAN', default: 'false' },
  { name: 'broker.id', type: 'INT', default: '-1' },
  { name: 'connections.max.idle.ms', type: 'LONG', default: '600000' },
  { name: 'connections.max.reauth.ms', type: 'LONG', default: '0' },
  { name: 'controller.quota.window.num', type: 'INT', default: '11', min: 1 },
  { name: 'controller.quota.window.size.seconds', type: 'INT', default: '1', min: 1 },
  { name: 'default.replication.factor', type: 'INT', default: '1' },
  { name: 'delete.topic.enable', type: 'BOOLEAN', default: 'true' },
  { name: 'fetch.max.bytes', type: 'INT', default: '57671680', min: 1024 },
  { name: 'group.consumer.assignment.interval.ms', type: 'INT', default: '1000', min: 0 },
  { name: 'group.consumer.assignors', type: 'LIST', default: ASSIGNORS.join(','), oneOf: ASSIGNORS },
  { name: 'group.consumer.heartbeat.interval.ms', type: 'INT', default: '5000', min: 1 },
  { name: 'group.consumer.max.assignment.interval.ms', type: 'INT', default: '15000', min: 0 },
  { name: 'group.consumer.max.heartbeat.interval.ms', type: 'INT', default: '15000', min: 1 },
  { name: 'group.consumer.max.session.timeout.ms', type: 'INT', default: '60000', min: 1 },
  { name: 'group.consumer.max.size', type: 'INT', default: '2147483647', min: 1 },
  { name: 'group.consumer.migration.policy', type: 'STRING', default: 'bidirectional', oneOf: MIGRATION_POLICIES },
  { name: 'group.consumer.min.assignment.interval.ms', type: 'INT', default: '0', min: 0 },
  { name: 'group.consumer.min.heartbeat.interval.ms', type: 'INT', default: '5000', min: 1 },
  { name: 'group.consumer.min.session.timeout.ms', type: 'INT', default: '45000', min: 1 },
  { name: 'group.consumer.session.timeout.ms', type: 'INT', default: '45000', min: 1 },
  {
    name: 'group.coordinator.rebalance.protocols',
    type: 'LIST',
    default: REBALANCE_PROTOCOLS.join(','),
    oneOf: REBALANCE_PROTOCOLS,
  },
  { name: 'group.initial.rebalance.delay.ms', type: 'INT', default: '3000', min: 0 },
  { name: 'group.max.session.timeout.ms', type: 'INT', default: '1800000' },
  { name: 'group.max.size', type: 'INT', default: '2147483647', min: 1 },
  { name: 'group.min.session.timeout.ms', type: 'INT', default: '6000' },
  { name: 'listeners', type: 'STRING', default: null },
  { name: 'max.incremental.fetch.session.cache.slots', type: 'INT', default: '1000', min: 0 },
  { name: 'log.cleaner.backoff.ms', type: 'LONG', default: '15000', min: 0 },
  { name: 'log.cleaner.enable', type: 'BOOLEAN', default: 'true' },
  { name: 'log.flush.scheduler.interval.ms', type: 'LONG', default: LONG_MAX.toString() },
  { name: 'log.retention.check.interval.ms', type: 'LONG', default: '300000', min: 1 },
  { name: 'node.id', type: 'INT', default: '1', min: 0 },
  { name: 'num.partitions', type: 'INT', default: '1', min: 1 },
  { name: 'offset.metadata.max.bytes', type: 'INT', default: '4096' },
  { name: 'offsets.retention.check.interval.ms', type: 'LONG', default: '600000', min: 1 },
  { name: 'offsets.retention.minutes', type: 'INT', default: '10080', min: 1 },
  { name: 'offsets.topic.num.partitions', type: 'INT', default: '1', min: 1 },
  { name: 'offsets.topic.replication.factor', type: 'INT', default: '1', min: 1 },
  { name: 'process.roles', type: 'LIST', default: 'broker,controller' },
  { name: 'producer.id.expiration.check.interval.ms', type: 'INT', default: '600000', min: 1 },
  { name: 'producer.id.expiration.ms', type: 'INT', default: '86400000', min: 1, dynamic: true },
  { name: 'quota.window.num', type: 'INT', default: '11', min: 1 },
  { name: 'quota.window.size.seconds', type: 'INT', default: '1', min: 1 },
  { name: 'replica.lag.time.max.ms', type: 'LONG', default: '30000' },
  { name: 'sasl.enabled.mechanisms', type: 'LIST', default: saslMechanisms.join(','), oneOf: saslMechanisms },
  { name: 'socket.request.max.bytes', type: 'INT', default: '104857600', min: 1 },
  { name: 'super.users', type: 'STRING', default: '' },
  { name: 'transaction.abort.timed.out.transaction.cleanup.interval.ms', type: 'INT', default: '10000', min: 1 },
  { name: 'transaction.max.timeout.ms', type: 'INT', default: '900000', min: 1 },
  { name: 'transaction.state.log.num.partitions', type: 'INT', default: '1', min: 1 },
  { name: 'transaction.state.log.replication.factor', type: 'INT', default: '1', min: 1 },
  { name: 'transactional.id.expiration.ms', type: 'INT', default: '604800000', min: 1 },
];

/** Every topic setting has its broker-wide form with the same type and default. */
const fromTopics: readonly ConfigDefinition[] = topicConfigs.flatMap(({ brokerName, ...rest }) =>
  brokerName === undefined ? [] : [{ ...rest, name: brokerName, dynamic: true }],
);

export const brokerConfigs: readonly ConfigDefinition[] = [...own, ...fromTopics].sort((one, other) =>
  one.name < other.name ? -1 : 1,
);
