import { createHash, randomFillSync } from 'node:crypto';

const PIECE_BYTES = 1024 * 1024;
/** The size of the chunks in which Go's HTTP client, and so a container engine, sends a body of unknown length. */
const CHUNK_BYTES = 32 * 1024;
const CRLF = Buffer.from('\r\n');

/** The bytes after the first piece, the same in every blob of this process, and framed as chunks. */
let filling: { readonly plain: Buffer; readonly framed: Buffer } | undefined;

/** A blob that nobody has: it begins with fresh random bytes. */
export class FreshBlob {
  readonly digest: string;
  readonly #first: Buffer;
  readonly #pieceCount: number;

  /**
   * @param sizeBytes a multiple of 1 MiB
   * @throws RangeError for another size
   */
  constructor(sizeBytes: number) {
    this.#pieceCount = sizeBytes / PIECE_BYTES;
    if (!Number.isInteger(this.#pieceCount) || this.#pieceCount < 1) {
      throw new RangeError(`a blob of ${sizeBytes} bytes is not made of pieces of 1 MiB`);
    }
    this.#first = randomFillSync(Buffer.allocUnsafeSlow(PIECE_BYTES));
    const hash = createHash('sha256');
    for (const piece of this.pieces()) hash.update(piece);
    this.digest = `sha256:${hash.digest('hex')}`;
  }

  *pieces(): Iterable<Buffer> {
    const { plain } = provideFilling();
    yield this.#first;
    for (let count = 1; count < this.#pieceCount; count += 1) yield plain;
  }

  /** The same for `Transfer-Encoding: chunked`, with its end (RFC 9112 §7.1). */
  *framedPieces(): Iterable<Buffer> {
    const { framed } = provideFilling();
    yield frame(this.#first);
    for (let count = 1; count < this.#pieceCount; count += 1) yield framed;
    yield Buffer.from('0\r\n\r\n');
  }
}

function provideFilling(): { readonly plain: Buffer; readonly framed: Buffer } {
  if (filling === undefined) {
    const plain = randomFillSync(Buffer.allocUnsafeSlow(PIECE_BYTES));
    filling = { plain, framed: frame(plain) };
  }
  return filling;
}

function frame(piece: Buffer): Buffer {
  const size = Buffer.from(`${CHUNK_BYTES.toString(16)}\r\n`);
  const parts: Buffer[] = [];
  for (let at = 0; at < piece.length; at += CHUNK_BYTES) parts.push(size, piece.subarray(at, at + CHUNK_BYTES), CRLF);
  return Buffer.concat(parts);
}
