/** A blob whose bytes can be made again from its seed. */
export interface LedgerBlob {
  readonly digest: string;
  readonly sizeBytes: number;
  readonly seed: string;
}

/** What a request asks for, as far as the ledger is concerned. */
export type Write =
  | { readonly kind: 'blob.put'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'blob.delete'; readonly repository: string; readonly digest: string }
  | {
      readonly kind: 'manifest.put';
      readonly repository: string;
      readonly digest: string;
      readonly tag: string | undefined;
      readonly blobs: readonly string[];
      readonly manifests: readonly string[];
    }
  | { readonly kind: 'manifest.delete'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'tag.delete'; readonly repository: string; readonly tag: string }
  | { readonly kind: 'upload.open'; readonly repository: string; readonly upload: string; readonly blob: LedgerBlob }
  | { readonly kind: 'upload.append'; readonly upload: string; readonly toBytes: number }
  | {
      readonly kind: 'upload.close';
      readonly upload: string;
      readonly repository: string;
      readonly digest: string;
    }
  | { readonly kind: 'upload.cancel'; readonly upload: string };

/**
 * What became of a request: acknowledged (2xx); refused (4xx), so that nothing has happened; failed (5xx), which may have
 * happened before the answer; lost without an answer, which may happen as long as the server lives.
 */
export type Outcome = 'acknowledged' | 'refused' | 'failed' | 'lost';

/** One line of the ledger. */
export type LedgerEvent =
  | { readonly op: number; readonly intent: Write }
  | { readonly op: number; readonly outcome: Outcome; readonly location?: string }
  /** Seen while nothing was written: what was possible before is settled. */
  | { readonly observed: string; readonly value: string }
  /** The server that might still have acted on a lost request is gone. */
  | { readonly restarted: true };
