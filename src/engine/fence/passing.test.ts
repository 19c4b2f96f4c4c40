import assert from 'node:assert/strict';
import test from 'node:test';
import type { AclBinding } from '../../client/admin/acls.js';
import { passingGrants } from './passing.js';

function on(line: string): AclBinding {
  const [permission, operation, principal = '', host = '*'] = line.split(' ');
  return {
    resourceType: 'CLUSTER',
    resourceName: 'kafka-cluster',
    pattern: 'LITERAL',
    principal,
    host,
    operation: operation as AclBinding['operation'],
    permission: permission as AclBinding['permission'],
  };
}

const shown = (...lines: readonly string[]) =>
  passingGrants(lines.map(on)).map(({ principal, host, operation }) => `${operation} ${principal} ${host}`);

test('passing: DELETE, ALTER, CLUSTER_ACTION and ALL on the cluster are named, other rights are not [6.2]', () => {
  const all = ['DELETE', 'ALTER', 'CLUSTER_ACTION', 'ALL', 'CREATE', 'DESCRIBE', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE'];
  assert.deepEqual(shown(...all.map((operation) => `ALLOW ${operation} User:ops`)), [
    'DELETE User:ops *',
    'ALTER User:ops *',
    'CLUSTER_ACTION User:ops *',
    'ALL User:ops *',
  ]);
  assert.deepEqual(shown('ALLOW DELETE User:* 10.0.0.1'), ['DELETE User:* 10.0.0.1']);
});

test('passing: what is denied to the same principal or to everybody is not named, what is denied elsewhere is [6.2]', () => {
  assert.deepEqual(shown('ALLOW DELETE User:ops', 'DENY DELETE User:ops'), []);
  assert.deepEqual(shown('ALLOW DELETE User:ops', 'DENY ALL User:*'), []);
  assert.deepEqual(shown('ALLOW ALL User:ops', 'DENY DELETE User:*'), [
    'ALTER User:ops *',
    'CLUSTER_ACTION User:ops *',
  ]);
  const others = ['DENY DELETE User:other', 'DENY ALTER User:ops', 'DENY DELETE User:ops 10.0.0.1'];
  assert.deepEqual(shown('ALLOW DELETE User:ops', ...others), ['DELETE User:ops *']);
});
