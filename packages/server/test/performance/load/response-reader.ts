/** The answer to a request. */
export interface Answer {
  readonly status: number;
  /** Status line and header lines, as they came. */
  readonly head: string;
  /** Bytes of the body, without what frames its chunks. */
  readonly bodyBytes: number;
}

type State = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer';

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = 0x0a;
const MAX_LINE_BYTES = 64 * 1024;

/**
 * Reads the answers on one connection (RFC 9112 §6) and throws their bodies away, counting the bytes. It reads what
 * registries send and no more: a body that only the end of the connection delimits is an error.
 */
export class ResponseReader {
  readonly #onAnswer: (answer: Answer) => void;
  #state: State = 'head';
  #isHeadRequest = false;
  /** A head or a line that was cut by the end of a read. */
  #kept: Buffer = Buffer.alloc(0);
  #head = '';
  #status = 0;
  #bodyBytes = 0;
  /** Of the body or of the chunk. */
  #remainingBytes = 0;

  constructor(onAnswer: (answer: Answer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** Says what the next answer is for: one to HEAD has no body, whatever its headers say. */
  expect(isHeadRequest: boolean): void {
    this.#isHeadRequest = isHeadRequest;
  }

  /**
   * Takes bytes that came; they may be overwritten when this returns.
   * @throws Error when they are no answer
   */
  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at = this.#step(bytes, at);
  }

  /** Reads on from `at`; returns how far it came. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'body':
      case 'chunk':
        return this.#skip(bytes, at);
      case 'chunk-size':
      case 'chunk-end':
      case 'trailer':
        return this.#readLine(bytes, at);
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const kept = this.#kept.length;
    const text = kept === 0 ? bytes.subarray(at) : Buffer.concat([this.#kept, bytes.subarray(at)]);
    const end = text.indexOf(HEAD_END);
    if (end === -1) {
      if (text.length > MAX_LINE_BYTES) throw new Error('the head of an answer has no end');
      this.#kept = Buffer.from(text);
      return bytes.length;
    }
    this.#kept = Buffer.alloc(0);
    this.#begin(text.toString('latin1', 0, end));
    return at + end + HEAD_END.length - kept;
  }

  #begin(head: string): void {
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(head.slice(0, 13))?.[1];
    if (status === undefined) throw new Error(`no answer begins so: ${JSON.stringify(head.slice(0, 60))}`);
    this.#head = head;
    this.#status = Number(status);
    this.#bodyBytes = 0;
    if (this.#status < 200) return; // an interim answer: the real one follows
    if (this.#isHeadRequest || this.#status === 204 || this.#status === 304) {
      this.#finish();
      return;
    }
    const length = findHeader(head, 'content-length');
    if (length !== undefined) {
      this.#remainingBytes = Number(length);
      this.#state = 'body';
      if (this.#remainingBytes === 0) this.#finish();
    } else if (findHeader(head, 'transfer-encoding')?.toLowerCase() === 'chunked') {
      this.#state = 'chunk-size';
    } else {
      throw new Error(`an answer of ${status} does not say where it ends`);
    }
  }

  #skip(bytes: Buffer, at: number): number {
    const count = Math.min(this.#remainingBytes, bytes.length - at);
    this.#remainingBytes -= count;
    this.#bodyBytes += count;
    if (this.#remainingBytes === 0) {
      if (this.#state === 'chunk') this.#state = 'chunk-end';
      else this.#finish();
    }
    return at + count;
  }

  #readLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_END, at);
    const part = bytes.subarray(at, end === -1 ? bytes.length : end);
    const line = this.#kept.length === 0 ? part : Buffer.concat([this.#kept, part]);
    if (end === -1) {
      if (line.length > MAX_LINE_BYTES) throw new Error('a line between chunks has no end');
      this.#kept = Buffer.from(line);
      return bytes.length;
    }
    this.#kept = Buffer.alloc(0);
    this.#endLine(line.toString('latin1').replace(/\r$/, ''));
    return end + 1;
  }

  #endLine(line: string): void {
    if (this.#state === 'chunk-end') {
      if (line !== '') throw new Error('a chunk is longer than it says');
      this.#state = 'chunk-size';
    } else if (this.#state === 'trailer') {
      if (line === '') this.#finish();
    } else {
      const size = /^([0-9a-f]{1,12})(?:;|\s|$)/i.exec(line)?.[1];
      if (size === undefined) throw new Error(`no chunk begins so: ${JSON.stringify(line.slice(0, 60))}`);
      this.#remainingBytes = Number.parseInt(size, 16);
      this.#state = this.#remainingBytes === 0 ? 'trailer' : 'chunk';
    }
  }

  #finish(): void {
    this.#state = 'head';
    this.#onAnswer({ status: this.#status, head: this.#head, bodyBytes: this.#bodyBytes });
  }
}

/**
 * The first value of a header in the head of an answer.
 * @param name in small letters
 */
export function findHeader(head: string, name: string): string | undefined {
  const begin = head.toLowerCase().indexOf(`\r\n${name}:`);
  if (begin === -1) return undefined;
  const end = head.indexOf('\r\n', begin + 2);
  return head.slice(begin + name.length + 3, end === -1 ? head.length : end).trim();
}
