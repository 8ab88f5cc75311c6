/** Keeps the progress right when sending goes back to an earlier byte. */
export interface SentCounter {
  readonly byteCount: number;
  setTo(byteCount: number): void;
}

export function createSentCounter(onBytes: (byteCount: number) => void): SentCounter {
  let known = 0;
  return {
    get byteCount() {
      return known;
    },
    setTo(byteCount) {
      onBytes(byteCount - known);
      known = byteCount;
    },
  };
}

/** Passes the bytes on and counts them from `startByte` on. */
export async function* countBytes(
  parts: AsyncIterable<Uint8Array>,
  startByte: number,
  sent: SentCounter,
): AsyncGenerator<Uint8Array> {
  let position = startByte;
  sent.setTo(position);
  for await (const part of parts) {
    yield part;
    position += part.byteLength;
    sent.setTo(position);
  }
}
