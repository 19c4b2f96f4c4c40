/** What single groups can have set for themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Configs } from './configs.js';
import { groupConflictIn } from './group-configs.js';

const SESSION = 'consumer.session.timeout.ms';
const HEARTBEAT = 'consumer.heartbeat.interval.ms';

test('settings of groups: the broker bounds them, and a session is longer than a heartbeat, whichever of them is set [6]', () => {
  const configs = new Configs({ 'group.consumer.min.session.timeout.ms': '2000' });
  const conflict = (...values: [string, string][]) => groupConflictIn(new Map(values), (name) => configs.number(name));
  assert.equal(conflict(), undefined);
  assert.equal(conflict([SESSION, '2000'], [HEARTBEAT, '5000']), `${SESSION} must be greater than ${HEARTBEAT}`);
  assert.equal(conflict([SESSION, '5000']), `${SESSION} must be greater than ${HEARTBEAT}`, 'than the broker’s');
  assert.equal(conflict([SESSION, '6000']), undefined);
  assert.match(conflict([SESSION, '1999']) ?? '', /min\.session/);
  assert.match(conflict([SESSION, '60001']) ?? '', /max\.session/);
});

test('settings of groups: what the operator no longer allows is in force as far as it is allowed [6]', () => {
  const configs = new Configs({ 'group.consumer.max.session.timeout.ms': '50000' });
  configs.groups = new Map([['g', new Map([[SESSION, '55000']])]]);
  assert.equal(configs.groupNumber('g', SESSION), 50_000);
  assert.equal(configs.groupNumber('g', HEARTBEAT), 5000, 'what it has none of is the broker’s');
  assert.equal(configs.groupNumber('another', SESSION), 45_000);
});
