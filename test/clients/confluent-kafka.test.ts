import { playRow } from './matrix.js';
import { confluentKafka } from './python/rows.js';

playRow(confluentKafka);
