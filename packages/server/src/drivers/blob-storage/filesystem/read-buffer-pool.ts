const KIB = 1024;
const MIB = 1024 * KIB;
/** Objects up to this size are read at once. */
const SMALL_PIECE_BYTES = 64 * KIB;
const MEDIUM_PIECE_BYTES = 256 * KIB;
const LARGE_PIECE_BYTES = MIB;
const LENT_BYTES_FOR_LARGE = 32 * MIB;
const LENT_BYTES_FOR_MEDIUM = 96 * MIB;
const MAX_IDLE_BYTES = 32 * MIB;

/**
 * Buffers for reading objects. Large pieces are the fastest, but a thousand slow readers with two large buffers each
 * would take 2 GiB: the more bytes are lent, the smaller the pieces that new readers get.
 */
export class ReadBufferPool {
  readonly #idle = new Map<number, Buffer[]>();
  #idleBytes = 0;
  #lentBytes = 0;

  /** Bytes that readers hold now. */
  get lentBytes(): number {
    return this.#lentBytes;
  }

  /** How large a reader's buffers should be, in bytes, given how much it is going to read. */
  pickPieceBytes(lengthBytes: number): number {
    if (lengthBytes <= SMALL_PIECE_BYTES) return SMALL_PIECE_BYTES;
    if (lengthBytes <= MEDIUM_PIECE_BYTES) return MEDIUM_PIECE_BYTES;
    if (this.#lentBytes < LENT_BYTES_FOR_LARGE) return LARGE_PIECE_BYTES;
    return this.#lentBytes < LENT_BYTES_FOR_MEDIUM ? MEDIUM_PIECE_BYTES : SMALL_PIECE_BYTES;
  }

  take(sizeBytes: number): Buffer {
    this.#lentBytes += sizeBytes;
    const buffer = this.#idle.get(sizeBytes)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(sizeBytes);
    this.#idleBytes -= sizeBytes;
    return buffer;
  }

  /** Gives a buffer back that nobody looks at any more. */
  giveBack(buffer: Buffer): void {
    this.#lentBytes -= buffer.byteLength;
    if (this.#idleBytes + buffer.byteLength > MAX_IDLE_BYTES) return;
    this.#idleBytes += buffer.byteLength;
    const idle = this.#idle.get(buffer.byteLength);
    if (idle === undefined) this.#idle.set(buffer.byteLength, [buffer]);
    else idle.push(buffer);
  }

  /**
   * Leaves a buffer to the garbage collector, because whoever left its loop early may still be sending from it: reused, it
   * would show one client the bytes of another.
   */
  abandon(buffer: Buffer): void {
    this.#lentBytes -= buffer.byteLength;
  }

  clear(): void {
    this.#idle.clear();
    this.#idleBytes = 0;
  }
}
