import { BrokenAnswer, type RawAnswer } from './raw-answer.ts';
import { type NoAnswer, RawSocket } from './raw-socket.ts';

/** Asks one request after another over a connection that is kept while the server keeps it. */
export class RawClient {
  readonly #port: number;
  readonly #from: string | undefined;
  #socket: RawSocket | undefined;

  /** @param from another address of this machine than the usual one */
  constructor(port: number, from?: string) {
    this.#port = port;
    this.#from = from;
  }

  /**
   * Sends the bytes of one request and waits for its answer.
   * @throws BrokenAnswer also when more comes than one answer: the request was then taken for several
   */
  async send(bytes: Buffer, method: string): Promise<RawAnswer | NoAnswer> {
    const kept = this.#socket;
    if (kept !== undefined && !kept.isEnded) {
      const answer = await this.#sendOn(kept, bytes, method);
      // A kept connection may have been closed in the meantime: only then nothing of this request was looked at.
      if (answer !== 'closed') return answer;
    }
    return this.#sendOn(await RawSocket.open(this.#port, this.#from), bytes, method);
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #sendOn(socket: RawSocket, bytes: Buffer, method: string): Promise<RawAnswer | NoAnswer> {
    this.#socket = socket;
    try {
      socket.write(bytes);
      const answer = await socket.read(method);
      // What was no request at all is answered without regard to its method: a body after HEAD is then no second answer.
      if (typeof answer === 'string' || answer.headers.get('connection') === 'close') this.close();
      else if (socket.surplus.length > 0) throw new BrokenAnswer('more than one answer came to one request');
      return answer;
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
