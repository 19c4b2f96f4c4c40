import { javaRow } from './java/row.js';
import { playTools } from './java/tool-tests.js';
import { playRow } from './matrix.js';

playRow(javaRow('4.3.0'));
playTools('4.3.0');
