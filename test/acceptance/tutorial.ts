/**
 * `npm run tutorial`: plays the walk and checks every step. Three stories: the printed one, one with other names and
 * numbers, one with 3 partitions and keys; all drawn from a seed that is printed. On embedded clusters, or with
 * `-- --kafka 4.3.0` on Apache Kafka; `-- --seed N` plays a story again.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { type Random, randomInt, seededRandom } from '../../src/base/random.js';
import { printedWalk, type Story, tutorialStory, walkSteps } from '../../src/serve/demo-walk.js';
import { openEmbeddedStage } from './embedded-stage.js';
import { openKafkaStage } from './kafka-stage.js';
import { play } from './player.js';

const { values } = parseArgs({
  options: {
    kafka: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    quiet: { type: 'boolean', default: false },
  },
});

const seed = Number(values.seed);
const random = seededRandom(seed);
const stories: readonly Story[] = [tutorialStory, drawn(random, 1, false), drawn(random, 3, true)];
const say = (text: string) => void (values.quiet || process.stdout.write(`${text}\n`));

process.stdout.write(
  `tutorial on ${values.kafka ? `Apache Kafka ${values.kafka}` : 'embedded clusters'}, seed ${seed}\n`,
);
for (const [index, story] of stories.entries()) {
  say(`\n--- story ${index + 1}: ${JSON.stringify(story)}`);
  const stage = values.kafka === undefined ? await openEmbeddedStage() : await openKafkaStage(values.kafka);
  try {
    if (stage.printed && story === tutorialStory) {
      const walk = printedWalk(walkSteps(stage.facts, story)).filter((line) => line !== '');
      const from = stage.printed.indexOf(walk[0] ?? '');
      const printed = stage.printed.slice(from).filter((line) => line !== '');
      assert.deepEqual(printed.slice(0, walk.length), walk, 'what the demo prints is what is played');
    }
    await play(stage, story, say);
  } finally {
    await stage.close();
  }
}
process.stdout.write('tutorial: every step holds\n');
// Foreign clients keep timers of their own for a while.
process.exit(0);

function drawn(from: Random, partitions: number, keyed: boolean): Story {
  const name = () => Array.from({ length: 6 }, () => 'abcdefghijklmnopqrstuvwxyz'[randomInt(from, 26)] ?? 'x').join('');
  const read = 1 + randomInt(from, 20);
  const mirrored = read + 1 + randomInt(from, 30);
  const written = mirrored + 1 + randomInt(from, 20);
  return {
    topic: `t.${name()}`,
    link: `l-${name()}`,
    group: `g_${name()}`,
    partitions,
    keyed,
    read,
    mirrored,
    written,
  };
}
