/** What anybody may ask of this server: whether it lives, and what it serves. */
import { z } from 'zod';
import { operation } from '../operation.js';
import { word } from '../schemas/common.js';

const shared = { base: 'root', tag: 'server', method: 'get', open: true } as const;

const health = z
  .strictObject({ status: word(['ok']).describe('It lives.') })
  .meta({ id: 'Health', description: 'Whether this server lives.' });

export const serverOperations = [
  operation({
    ...shared,
    path: '/healthz',
    id: 'getHealth',
    summary: 'Does this server live? It says nothing about clusters.',
    status: 200,
    answer: health,
    async run() {
      return { status: 'ok' };
    },
  }),
];
