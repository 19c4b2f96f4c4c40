import { playRow } from './matrix.js';
import { kafkaPython } from './python/rows.js';

playRow(kafkaPython);
