import type { ByteRange } from '@roadstead/oci';

export interface MultipartInput {
  readonly ranges: readonly ByteRange[];
  readonly sizeBytes: number;
  /** Of the characters that RFC 2046 §5.1.1 allows. */
  readonly boundary: string;
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface MultipartBody {
  readonly contentType: string;
  readonly lengthBytes: number;
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** A `multipart/byteranges` answer (RFC 9110 §14.6), its length known before its first byte. */
export function multipartRanges(input: MultipartInput): MultipartBody {
  const { ranges, sizeBytes, boundary } = input;
  const heads = ranges.map(({ start, end }, index) =>
    Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
        `Content-Range: bytes ${start}-${end - 1}/${sizeBytes}\r\n\r\n`,
    ),
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const content = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  const framing = heads.reduce((sum, head) => sum + head.length, tail.length);
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    lengthBytes: content + framing,
    pieces: join(input, heads, tail),
  };
}

async function* join(
  { ranges, read }: MultipartInput,
  heads: readonly Buffer[],
  tail: Buffer,
): AsyncGenerator<Uint8Array> {
  for (const [index, { start, end }] of ranges.entries()) {
    const head = heads[index];
    if (head !== undefined) yield head;
    yield* read(start, end);
  }
  yield tail;
}
