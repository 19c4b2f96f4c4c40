/** Every client of the matrix. */
import type { ClientRow } from './row.js';

export const clients: readonly ClientRow[] = [];
