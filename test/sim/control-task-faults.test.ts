/** What people see of a task of a link that klink itself has broken: the fault, and nothing of it once the task goes round again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_GROUPS, Scene, SYNC, seedOfRun } from './control-scene.js';

const seed = seedOfRun();

test('link tasks: a fault in klink is shown by the task that it hit, until that goes round again [P3]', async () => {
  for (const [call, name] of [
    ['source.groups', 'ConsumerOffsetSync'],
    ['source.describe', 'TopicConfigsSync'],
    ['source.topics', 'AutoCreateMirror'],
    ['source.acls', 'AclSync'],
  ] as const) {
    const scene = new Scene(seed);
    let broken = false;
    const settings = {
      ...SYNC,
      'consumer.offset.group.filters': ALL_GROUPS,
      'topic.config.sync.ms': '1000',
      'auto.create.mirror.topics.enable': 'true',
      'auto.create.mirror.topics.filters': '{"topicFilters":[{"name":"none"}]}',
      'acl.sync.enable': 'true',
      'acl.sync.ms': '1000',
      'acl.filters': '{"aclFilters":[{"resourceFilter":{"resourceType":"any","patternType":"any"}}]}',
    };
    const klink = await scene.begin(settings, (asked) => {
      if (broken && asked.name === call) throw new Error('index out of bounds');
      return undefined;
    });
    await scene.mirror(klink, 'a', [3n]);
    const task = async () => {
      const { tasks } = await scene.accepted(klink.control.link('lk'));
      const found = tasks.find(({ task_name }) => task_name === name);
      return { state: found?.state, code: found?.errors[0]?.error_code, words: found?.errors[0]?.error_message ?? '' };
    };
    await scene.world.run(8_000);
    assert.deepEqual(await task(), { state: 'ACTIVE', code: undefined, words: '' }, name);
    broken = true;
    await scene.world.run(8_000);
    const { state, code, words } = await task();
    assert.deepEqual([state, code], ['IN_ERROR', 'INTERNAL_ERROR'], name);
    assert.match(words, /a fault in klink: index out of bounds/);
    broken = false;
    await scene.world.run(60_000);
    assert.deepEqual(await task(), { state: 'ACTIVE', code: undefined, words: '' }, name);
  }
});
