/** Every client of the matrix. */
import { kafkajsRow } from './kafkajs/row.js';
import type { ClientRow } from './row.js';

export const clients: readonly ClientRow[] = [kafkajsRow];
