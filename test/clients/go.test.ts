import { franzGoRow } from './go/row.js';
import { playRow } from './matrix.js';

playRow(franzGoRow);
