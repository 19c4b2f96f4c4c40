/** Only in the demo: kill, stop and start its clusters. */
import type { Hono } from 'hono';
import { param } from '../answers.js';
import type { DemoControl } from '../ports.js';
import { Problem } from '../problems.js';

export function demoRoutes(app: Hono, demo: DemoControl): void {
  for (const verb of ['kill', 'stop', 'start'] as const) {
    app.post(`/demo/clusters/:name{[^:/]+}:${verb}`, async (c) => {
      const name = param(c, 'name');
      if (!demo.names.includes(name)) throw new Problem(404, 404, `The demo has no cluster "${name}".`);
      await demo.act(name, verb);
      return c.body(null, 204);
    });
  }
}
