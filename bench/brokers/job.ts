/** What the load generator is told, and what it tells: it runs as a process of its own, on the other processor. */
import type { Operation } from './rows.js';

export interface Job {
  readonly operation: Operation;
  readonly port: number;
  /** Whose CPU time is read at both ends of the window. */
  readonly brokerPid: number;
  readonly topic: { readonly name: string; readonly id: string };
  readonly partitions: number;
  readonly batchBytes: number;
  readonly connections: number;
  readonly warmUpBytes: number;
  readonly measuredBytes: number;
}

export interface Outcome {
  readonly bytes: number;
  readonly seconds: number;
  readonly brokerCpuSeconds: number;
  /** Near `seconds`: not the broker but the generator was the limit. */
  readonly generatorCpuSeconds: number;
}
