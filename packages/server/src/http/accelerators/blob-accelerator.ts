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

/** Sends blobs that lie in files without this process touching their bytes. Opt-in: nothing needs one. */
export interface BlobAccelerator {
  /** Whether this answer is one for it. Asked before the file is looked for, so it must be cheap. */
  takes(exchange: Exchange, answer: BlobAnswer): boolean;
  /**
   * Sends the answer from the file at `path`, which is there and has all its bytes.
   * @returns false when it could not begin: nothing was sent, and the blob has to go the ordinary way
   * @throws what went wrong once the answer had begun
   */
  send(exchange: Exchange, answer: BlobAnswer, path: string): Promise<boolean>;
}
