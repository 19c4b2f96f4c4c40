import type { CopierName } from './copier.js';
import type { Load } from './loads.js';
import type { Measured } from './measure.js';

/** One run, as the table and the chart take it. */
export interface Result extends Measured {
  readonly load: Load['name'];
  readonly copier: CopierName;
  readonly run: number;
}
