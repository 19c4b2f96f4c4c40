/** A copier under test: how it is started between two clusters. What it costs is measured from outside. */
import type { TestKafka } from '../test/harness/kafka.js';
import type { Topic } from './broker.js';
import type { Load } from './loads.js';

export const COPIERS = ['klink', 'relay', 'mirror-maker'] as const;
export type CopierName = (typeof COPIERS)[number];

export const TITLES: Readonly<Record<CopierName, string>> = {
  klink: 'klink',
  relay: 'bare relay',
  'mirror-maker': 'MirrorMaker 2',
};

export interface Task {
  readonly source: TestKafka;
  readonly destination: TestKafka;
  readonly topic: Topic;
  /** A second topic, empty at first. */
  readonly paced: Topic;
  readonly load: Load;
  /** Copiers that run on Node leave a CPU profile there. */
  readonly profile: string | undefined;
}

/** Flags of Node for a profile. */
export function profileFlags(profile: string | undefined): string[] {
  return profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
}

export interface Running {
  readonly pid: number;
  /** The end of what it wrote, for a run that failed. */
  log(): string;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Resolves when it has been told to copy both topics under their names; it may still be starting. */
export type StartCopier = (task: Task) => Promise<Running>;
