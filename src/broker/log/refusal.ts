/** Why something is not appended: what the client is told. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: number;
  readonly message: string;
  readonly recordErrors?: readonly RecordError[];
}

/** Of one record, by its place in the batch. */
export interface RecordError {
  readonly batchIndex: number;
  readonly message: string;
}

export function refused(code: number, message: string): Refusal {
  return { kind: 'refused', code, message };
}
