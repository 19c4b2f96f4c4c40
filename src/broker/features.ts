/**
 * The features of a cluster as ApiVersions tells them: which levels this broker knows, and the one that is finalized. A Java
 * producer uses transactions of version 2 only where `transaction.version` is finalized at 2. Each level is fixed.
 */
export interface Feature {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly finalized: number;
}

export const features: readonly Feature[] = [
  // As Kafka 4.3 counts its own metadata: what the tools print and compare.
  { name: 'metadata.version', min: 7, max: 30, finalized: 30 },
  { name: 'transaction.version', min: 0, max: 2, finalized: 2 },
];
