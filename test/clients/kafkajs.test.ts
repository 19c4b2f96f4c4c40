import { kafkajsRow } from './kafkajs/row.js';
import { playRow } from './matrix.js';

playRow(kafkajsRow);
