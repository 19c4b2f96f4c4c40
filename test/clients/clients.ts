/** Every client of the matrix. */
import { javaRow } from './java/row.js';
import { kafkajsRow } from './kafkajs/row.js';
import type { ClientRow } from './row.js';

export const clients: readonly ClientRow[] = [kafkajsRow, javaRow('3.9.1'), javaRow('4.3.0')];
