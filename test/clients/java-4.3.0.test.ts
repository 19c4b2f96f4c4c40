import { javaRow } from './java/row.js';
import { playRow } from './matrix.js';

playRow(javaRow('4.3.0'));
