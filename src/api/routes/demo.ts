/** Only in the demo: kill, stop and start its clusters. */
import type { Hono } from 'hono';
import { param } from '../answers.js';
import type { DemoControl } from '../ports.js';
import { Problem, problems } from '../problems.js';

const verbs = ['kill', 'stop', 'start'] as const;

export function demoRoutes(app: Hono, demo: DemoControl): void {
  // A colon inside a step is the router's own sign for a parameter: name and verb are taken apart here.
  app.post('/demo/clusters/:action', async (c) => {
    const [name = '', given] = param(c, 'action').split(':');
    const verb = verbs.find((each) => each === given);
    if (verb === undefined) throw problems.notFound();
    if (!demo.names.includes(name)) throw new Problem(404, 404, `The demo has no cluster "${name}".`);
    await demo.act(name, verb);
    return c.body(null, 204);
  });
}
