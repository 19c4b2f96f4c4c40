/** Every client of the matrix. */
import { franzGoRow } from './go/row.js';
import { javaRow } from './java/row.js';
import { kafkajsRow } from './kafkajs/row.js';
import { platformatic1, platformatic2 } from './platformatic/rows.js';
import { confluentKafka, kafkaPython } from './python/rows.js';
import type { ClientRow } from './row.js';

export const clients: readonly ClientRow[] = [
  kafkajsRow,
  platformatic1,
  platformatic2,
  confluentKafka,
  kafkaPython,
  javaRow('3.9.1'),
  javaRow('4.3.0'),
  franzGoRow,
];
