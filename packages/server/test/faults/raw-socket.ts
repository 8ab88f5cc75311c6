import { connect, type Socket } from 'node:net';
import { BrokenAnswer, parseAnswer, type RawAnswer } from './raw-answer.ts';

/** Why no answer came. */
export type NoAnswer = 'closed' | 'timeout';

const DEFAULT_WAIT_MS = 20_000;

/** A TCP connection to the server on which a test writes whatever it likes, in whatever pieces. */
export class RawSocket {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isEnded = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (data) => {
      this.#received = this.#received.length === 0 ? data : Buffer.concat([this.#received, data]);
      this.#wake();
    });
    const end = () => {
      this.#isEnded = true;
      this.#wake();
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.on('error', end);
  }

  /** @param localAddress where the connection comes from, on this machine */
  static async open(port: number, localAddress = '127.0.0.1'): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, localAddress });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve();
    });
    await promise;
    return new RawSocket(socket);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Bytes that have come and belong to no answer that was read. */
  get surplus(): Buffer {
    return this.#received;
  }

  /** Writes; that the other side has gone is no error here. @param data a string has one character for each byte */
  write(data: Uint8Array | string): void {
    if (this.#socket.writable) this.#socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** Writes and waits until the system has taken it, or the connection is over. @returns whether it was taken */
  async writeAll(data: Uint8Array): Promise<boolean> {
    const socket = this.#socket;
    if (this.#isEnded || !socket.writable) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const onClose = () => resolve(false);
    socket.once('close', onClose);
    socket.write(data, (error) => resolve(!error));
    const taken = await promise;
    socket.off('close', onClose);
    return taken;
  }

  /** Says that nothing more will be written, and goes on reading. */
  finish(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  /**
   * The next final answer.
   * @throws BrokenAnswer
   */
  async read(method: string, waitMs: number = DEFAULT_WAIT_MS): Promise<RawAnswer | NoAnswer> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const parsed = parseAnswer(this.#received, method, this.#isEnded);
      if (parsed !== undefined) {
        this.#received = Buffer.from(parsed.rest);
        return parsed.answer;
      }
      if (this.#isEnded) {
        if (this.#received.length === 0) return 'closed';
        throw new BrokenAnswer(`the connection ended after ${this.#received.length} bytes of an answer`);
      }
      if (!(await this.#more(deadline - performance.now()))) return 'timeout';
    }
  }

  /** @returns whether the other side closed the connection in time */
  async waitForEnd(waitMs: number): Promise<boolean> {
    const deadline = performance.now() + waitMs;
    while (!this.#isEnded) {
      if (!(await this.#more(deadline - performance.now()))) return this.#isEnded;
    }
    return true;
  }

  /** Ends at once, with a reset when something is unsent. */
  destroy(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }

  /** Waits for bytes or the end. @returns false when the time is over */
  async #more(milliseconds: number): Promise<boolean> {
    if (milliseconds <= 0) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), milliseconds);
    this.#wake = () => resolve(true);
    const came = await promise;
    clearTimeout(timer);
    this.#wake = () => undefined;
    return came;
  }
}
