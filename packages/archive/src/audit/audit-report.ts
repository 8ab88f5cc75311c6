/** What is wrong with a log, by what it shows. */
export type FindingKind =
  /** The entry is not the one that was logged. */
  | 'altered'
  /** The entry is gone, and no erasure tells of it. */
  | 'deleted'
  /** The entry does not stand where it was logged. */
  | 'reordered'
  /** A row that was never logged. */
  | 'inserted'
  /** Some entry of a range was changed together with its hash. */
  | 'rewritten'
  /** A checkpoint that no trusted key has signed. */
  | 'signature'
  /** A checkpoint that stands where it does not belong. */
  | 'checkpoint'
  /** The file is not an export, or a part of one. */
  | 'format'
  /** A witness knows of entries that are not there. */
  | 'truncated'
  /** A witness has seen another log of the same size. */
  | 'forked';

export interface AuditFinding {
  readonly kind: FindingKind;
  /** A sentence that names what it is about. */
  readonly text: string;
  /** Of the entry in the journal. */
  readonly id?: number | undefined;
  readonly position?: number | undefined;
  /** Of positions, the last one included. */
  readonly range?: readonly [number, number] | undefined;
}

export interface AuditReport {
  readonly isWhole: boolean;
  readonly origin: string;
  /** Entries that were logged, erased ones included. */
  readonly size: number;
  readonly erased: number;
  readonly checkpoints: number;
  /** Entries below the last checkpoint that a trusted key has signed. */
  readonly signedSize: number;
  /** Where the trusted keys come from. */
  readonly keySource: 'given' | 'file';
  readonly keys: readonly string[];
  /** Checkpoints of witnesses that were compared; undefined when there was no witness. */
  readonly witnessed: number | undefined;
  readonly findings: readonly AuditFinding[];
  /** Beyond those that are listed. */
  readonly moreFindings: number;
  /** What cannot be seen this way, in sentences. */
  readonly limits: readonly string[];
}

export const MAX_FINDINGS = 1_000;
