import { connect, type Socket } from 'node:net';
import type { LoadTarget } from './load-task.ts';
import { type Answer, ResponseReader } from './response-reader.ts';

const READ_BUFFER_BYTES = 256 * 1024;

/** What is read is looked at before the next read, so that all connections of a process can read into one buffer. */
let readBuffer: Buffer | undefined;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A keep-alive connection with one request in flight, which costs its own process as little as it can. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #reader: ResponseReader;
  #waiting: Waiting | undefined;
  #failure: Error | undefined;

  private constructor(target: LoadTarget) {
    this.#reader = new ResponseReader((answer) => this.#settle(answer));
    readBuffer ??= Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
    const onread = {
      buffer: readBuffer,
      callback: (count: number, buffer: Uint8Array): boolean => {
        this.#take(buffer as Buffer, count);
        return true;
      },
    };
    this.#socket = connect({ ...target, noDelay: true, onread });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')));
  }

  /** @throws Error when the server cannot be reached */
  static async open(target: LoadTarget): Promise<HttpConnection> {
    const connection = new HttpConnection(target);
    await new Promise<void>((resolve, reject) => {
      connection.#socket.once('connect', resolve).once('error', reject);
    });
    return connection;
  }

  /** @throws Error when the connection ends before the answer does, or when what comes is no answer */
  ask(request: Buffer | string, isHeadRequest = false): Promise<Answer> {
    const answer = this.#expect(isHeadRequest);
    this.#socket.write(request);
    return answer;
  }

  /** As `ask`, for a request whose body comes piece by piece: the next one when the last one is on its way. */
  async askWithBody(head: string, pieces: Iterable<Buffer>): Promise<Answer> {
    let isAnswered = false;
    const answer = this.#expect(false).finally(() => {
      isAnswered = true;
    });
    answer.catch(() => {}); // seen below, when the body ends
    this.#socket.write(head);
    for (const piece of pieces) {
      if (isAnswered) break; // an early answer is a refusal: the caller sees its status
      await new Promise<void>((resolve) => this.#socket.write(piece, () => resolve()));
    }
    return answer;
  }

  close(): void {
    this.#failure = new Error('the connection was closed here');
    this.#socket.destroy();
  }

  #expect(isHeadRequest: boolean): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#reader.expect(isHeadRequest);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #take(buffer: Buffer, count: number): void {
    try {
      this.#reader.take(count === buffer.length ? buffer : buffer.subarray(0, count));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#fail(new Error('an answer came to no request'));
    else waiting.resolve(answer);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}
