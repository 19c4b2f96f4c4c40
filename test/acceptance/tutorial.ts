/**
 * `npm run tutorial`: plays the walk and checks every step. Stories: the printed one on embedded clusters, and
 * one with other names and numbers, 3 partitions and keys, drawn from a seed that is printed; then the runbook of
 * docs/guides/active-passive.md. On embedded clusters, or with
 * `-- --kafka 4.3.0` on Apache Kafka; `-- --seed N` plays a story again, and
 * `-- --only runbook` the runbook alone.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { type Random, randomInt, seededRandom } from '../../src/base/random.js';
import { printedWalk, type Story, tutorialStory, walkSteps } from '../../src/serve/demo-walk.js';
import { openEmbeddedStage } from './embedded-stage.js';
import { openKafkaStage } from './kafka-stage.js';
import { playRunbook } from './play-runbook.js';
import { play } from './player.js';
import { printedTale, type Tale } from './runbook.js';

const { values } = parseArgs({
  options: {
    kafka: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    quiet: { type: 'boolean', default: false },
    /** `stories` or `runbook`; both when left out. */
    only: { type: 'string' },
  },
});

const seed = Number(values.seed);
const random = seededRandom(seed);
// The runbook holds everything that a story with one partition does; the printed one is what a newcomer tries first.
const stories: readonly Story[] = [...(values.kafka === undefined ? [tutorialStory] : []), drawn(random, 3, true)];
const say = (text: string) => void (values.quiet || process.stdout.write(`${text}\n`));

process.stdout.write(
  `tutorial on ${values.kafka ? `Apache Kafka ${values.kafka}` : 'embedded clusters'}, seed ${seed}\n`,
);
for (const [index, story] of values.only === 'runbook' ? [] : stories.entries()) {
  say(`\n--- story ${index + 1}: ${JSON.stringify(story)}`);
  const stage = await openStage();
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
for (const tale of values.only === 'stories' ? [] : tales(random)) {
  say(`\n--- the runbook: ${JSON.stringify(tale)}`);
  const stage = await openStage();
  try {
    await playRunbook(stage, tale, say);
  } finally {
    await stage.close();
  }
}
process.stdout.write('tutorial: every step holds\n');
// Foreign clients keep timers of their own for a while.
process.exit(0);

function openStage() {
  return values.kafka === undefined ? openEmbeddedStage() : openKafkaStage(values.kafka);
}

/** As the guide prints it, and with other names, the older form of its filters, and no right to read everything. */
function tales(from: Random): Tale[] {
  const { keyed: _, ...other } = drawn(from, 3, false);
  const second: Tale = { ...other, clusters: 'by id', filters: 'older', narrow: true };
  if (values.kafka === undefined) return [printedTale, second];
  return values.kafka.startsWith('3.') ? [{ ...printedTale, filters: 'older', narrow: true }] : [printedTale];
}

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
