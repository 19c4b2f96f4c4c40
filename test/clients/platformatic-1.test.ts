import { playRow } from './matrix.js';
import { platformatic1 } from './platformatic/rows.js';

playRow(platformatic1);
