import type { OutgoingHttpHeaders } from 'node:http';
import type { Exchange } from '../exchange.ts';

/** A blob, or one range of it, as it shall be sent. */
export interface BlobAnswer {
  /** 200 is the whole blob, whatever range was asked for; 206 the one range that was asked for. */
  readonly status: 200 | 206;
  readonly headers: OutgoingHttpHeaders & { readonly 'Content-Length': number };
  /** Inclusive, in bytes. */
  readonly start: number;
  /** Exclusive, in bytes; after `start`. */
  readonly end: number;
}

/** Where a blob's bytes lie, as they are. */
export type BlobLocation =
  | { readonly kind: 'file'; readonly path: string; readonly sizeBytes: number }
  /** Leads whoever has it to the bytes, for a while. */
  | { readonly kind: 'url'; readonly url: string; readonly sizeBytes: number };

/** Sends blobs without this process touching their bytes. Opt-in: nothing needs one. */
export interface BlobAccelerator {
  /** Whether this answer is one for it. Asked before the file is looked for, so it must be cheap. */
  takes(exchange: Exchange, answer: BlobAnswer): boolean;
  /**
   * Sends the answer from where the bytes lie; all of them are there.
   * @returns false when it could not begin, or this is no location for it: nothing was sent, and the blob has to go the ordinary way
   * @throws what went wrong once the answer had begun
   */
  send(exchange: Exchange, answer: BlobAnswer, location: BlobLocation): Promise<boolean>;
}
