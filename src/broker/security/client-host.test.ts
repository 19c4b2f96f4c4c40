/** How an address has to be written in an ACL for a client to be meant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHostOf } from './client-host.js';

test('hosts: an address is told as Kafka tells it, without its port [broker 9.4]', () => {
  for (const [remote, host] of [
    ['10.0.0.1:50000', '10.0.0.1'],
    ['::ffff:10.0.0.1:50000', '10.0.0.1'],
    ['::1:50000', '0:0:0:0:0:0:0:1'],
    ['2001:db8::ff00:42:8329:443', '2001:db8:0:0:0:ff00:42:8329'],
    ['2001:0db8:1:2:3:4:5:6:443', '2001:db8:1:2:3:4:5:6'],
    ['fe80:::443', 'fe80:0:0:0:0:0:0:0'],
    ['client:0', 'client'],
  ] as const) {
    assert.equal(clientHostOf(remote), host, remote);
  }
});
