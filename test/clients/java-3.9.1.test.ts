import { javaRow } from './java/row.js';
import { playRow } from './matrix.js';

playRow(javaRow('3.9.1'));
