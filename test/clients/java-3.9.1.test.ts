import { javaRow } from './java/row.js';
import { playTools } from './java/tool-tests.js';
import { playRow } from './matrix.js';

playRow(javaRow('3.9.1'));
playTools('3.9.1');
