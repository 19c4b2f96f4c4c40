import assert from 'node:assert/strict';
import test from 'node:test';
import { LINK, links, mirrors, stateOf, TOPIC } from '../../test/harness/control-samples.js';
import { parseTopicFilters } from '../model/topic-filters.js';
import { leftOut, mirrorsAtSource, type SourceMirrors, unmirroredTopics } from './auto-create.js';

function filters(...topicFilters: readonly unknown[]) {
  const result = parseTopicFilters(JSON.stringify({ topicFilters }));
  assert.ok(result.ok);
  return result.value;
}

const ALL = filters({ name: '*' });

test('auto-create: Kafka’s topics, klink’s, and what is or was mirrored by the link are never chosen', () => {
  const listed = [TOPIC, 'b', 'a', '__consumer_offsets', '_klink.state', 'inner'].map((name) => {
    return { name, isInternal: name === 'inner' };
  });
  const link = { id: LINK };
  for (const mirror of Object.values(mirrors)) {
    assert.deepEqual(unmirroredTopics(stateOf(links.ACTIVE, mirror), link, ALL, listed), ['a', 'b'], mirror.kind);
  }
  assert.deepEqual(unmirroredTopics(stateOf(links.ACTIVE, undefined), link, ALL, listed), ['a', 'b', TOPIC].sort());
  const other = stateOf(links.ACTIVE, mirrors.STOPPED);
  assert.ok(unmirroredTopics(other, { id: 'another' }, ALL, listed).includes(TOPIC), 'of another link it is nobody’s');
});

test('auto-create: the journal of the source tells its live mirrors and whose they are', () => {
  const entry = (key: string, state: unknown) => ({
    key,
    value: JSON.stringify({ format: 1, stamp: { epoch: 1, number: 1 }, state }),
  });
  const mirror = (topic: string, kind: string, linkId = 'l1') =>
    entry(`mirror/${linkId}/${topic}`, { kind, linkId, mirrorTopic: topic });
  const entries = [
    entry('link/l1', { sourceClusterId: 'here' }),
    mirror('back', 'ACTIVE'),
    mirror('made', 'CREATING'),
    mirror('over', 'STOPPED'),
    mirror('orphan', 'PAUSED', 'gone'),
    { key: 'mirror/l1/forgotten', value: null },
  ];
  const known = mirrorsAtSource(entries);
  assert.ok(known.kind === 'known');
  assert.deepEqual(
    [...known.mirrors],
    [
      ['back', 'here'],
      ['made', 'here'],
      ['orphan', undefined],
    ],
  );
  assert.deepEqual(mirrorsAtSource(undefined), { kind: 'known', mirrors: new Map() });
  assert.equal(mirrorsAtSource([{ key: 'link/l1', value: '{"format":99}' }]).kind, 'unknown');
});

test('auto-create: a mirror of this cluster never comes back; names grow by a prefix only where a filter names them', () => {
  const atSource: SourceMirrors = {
    kind: 'known',
    mirrors: new Map([
      ['back', 'here'],
      ['chained', 'third'],
      ['whose', undefined],
    ]),
  };
  const named = filters({ name: '*' }, { name: 'chained' }, { name: 'back' });
  const rule = { prefix: { topics: '' }, destinationClusterId: 'here', atSource, filters: ALL };
  const east = { ...rule, prefix: { topics: 'east.' } };
  const out = (topic: string, by: typeof rule) => leftOut(topic, by) !== undefined;
  const taken = (by: typeof rule) => ['plain', 'back', 'chained', 'whose'].filter((topic) => !out(topic, by));
  assert.deepEqual(taken(rule), ['plain', 'chained']);
  assert.deepEqual(taken(east), ['plain']);
  assert.deepEqual(taken({ ...rule, filters: named }), ['plain', 'chained']);
  assert.deepEqual(taken({ ...east, filters: named }), ['plain', 'chained']);
});

test('auto-create: where the journal of the source cannot be read only topics that a filter names are taken', () => {
  const atSource: SourceMirrors = { kind: 'unknown', reason: 'no right' };
  const rule = { prefix: { topics: '' }, destinationClusterId: 'here', atSource };
  assert.match(leftOut('orders', { ...rule, filters: ALL }) ?? '', /not known/);
  assert.equal(leftOut('orders', { ...rule, filters: filters({ name: 'orders' }) }), undefined);
});
