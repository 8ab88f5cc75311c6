/** What a pass has done. Bytes are of stored copies. */
export interface CollectionReport {
  readonly uploadsEnded: number;
  readonly trashPurged: number;
  readonly linksRemoved: number;
  readonly blobsRemoved: number;
  readonly bytesFreed: number;
  /** Stray objects are among the blobs too, once they are condemned. */
  readonly straysCondemned: number;
  readonly strayUploadsRemoved: number;
  /** Deleted by the policies on untagged manifests. */
  readonly manifestsDeleted: number;
  /** Blobs whose stored copies reads have found gone: they are told of, and never removed for it. */
  readonly blobsLost: number;
  /** Everything waits, since somebody needs it to stay. */
  readonly heldBy: string | undefined;
  /** What only a confirmation lets go. */
  readonly awaiting: { readonly bytes: number; readonly count: number } | undefined;
  readonly errorCount: number;
  /** The first of the errors. */
  readonly errors: readonly string[];
}

const MAX_ERRORS = 20;

export const EMPTY_REPORT: CollectionReport = {
  uploadsEnded: 0,
  trashPurged: 0,
  linksRemoved: 0,
  blobsRemoved: 0,
  bytesFreed: 0,
  straysCondemned: 0,
  strayUploadsRemoved: 0,
  manifestsDeleted: 0,
  blobsLost: 0,
  heldBy: undefined,
  awaiting: undefined,
  errorCount: 0,
  errors: [],
};

export function withError(report: CollectionReport, error: unknown): CollectionReport {
  const text = error instanceof Error ? error.message : String(error);
  const errors = report.errors.length < MAX_ERRORS ? [...report.errors, text] : report.errors;
  return { ...report, errorCount: report.errorCount + 1, errors };
}
