import { playRow } from './matrix.js';
import { platformatic2 } from './platformatic/rows.js';

playRow(platformatic2);
