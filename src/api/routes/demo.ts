/** Only in the demo: kill, stop and start its clusters. */
import { demandOperator } from '../caller.js';
import { operation } from '../operation.js';
import { Problem, problems } from '../problems.js';

const verbs = { kill: 'Kill', stop: 'Stop', start: 'Start' } as const;

export const demoOperations = Object.entries(verbs).map(([name, word]) => {
  const verb = name as keyof typeof verbs; // Object.entries forgets that.
  return operation({
    base: 'klink',
    tag: 'demo',
    method: 'post',
    path: `/demo/clusters/{cluster_name}:${verb}`,
    id: `${verb}DemoCluster`,
    summary: `${word} a cluster of the demo; any other server has none.`,
    status: 204,
    refusals: [409],
    async run({ c, surroundings: { demo }, params: { cluster_name: cluster } }) {
      demandOperator(c);
      if (demo === undefined) throw problems.notFound();
      if (!demo.names.includes(cluster)) throw new Problem(404, 404, `The demo has no cluster "${cluster}".`);
      await demo.act(cluster, verb);
    },
  });
});
