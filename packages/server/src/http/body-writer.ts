import type { Exchange } from './exchange.ts';

/** Writes the body of an answer; each write waits until its bytes have gone to the system, or the client has gone. */
export class BodyWriter implements Disposable {
  readonly #exchange: Exchange;
  /** Ends the wait for the piece that is being written. */
  #interrupt: ((reason: unknown) => void) | undefined;
  readonly #onAbort: () => void;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    this.#onAbort = () => this.#interrupt?.(exchange.signal.reason);
    exchange.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * The next write must not begin before this one has ended.
   * @param isLast ends the answer with it: a client that has all its bytes may close before a separate end is seen.
   * @throws the reason of the exchange's signal when the client has gone
   */
  write(piece: Uint8Array, isLast: boolean): Promise<void> {
    const { response, signal } = this.#exchange;
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      const onWritten = (error?: Error | null) => {
        if (!error) resolve();
        // The connection is broken. That the client has gone is known a moment later, and is what matters.
        else if (response.closed) reject(error);
        else response.once('close', () => reject(error));
      };
      if (isLast) response.end(piece, onWritten);
      else response.write(piece, onWritten);
    });
  }

  [Symbol.dispose](): void {
    this.#exchange.signal.removeEventListener('abort', this.#onAbort);
  }
}
