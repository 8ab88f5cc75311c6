import { OciError } from '@roadstead/oci';
import type { Exchange } from './exchange.ts';

/** What a body must keep up with; the time counts only while the server waits for the client. */
export interface BodyPace {
  /** 0 switches the check off. */
  readonly minBytesPerSecond: number;
}

const WINDOW_MS = 10_000;

/** Content-Length, if the client gave one. Node has refused what is not a plain number already. */
export function announcedBytes(exchange: Exchange): number | undefined {
  const header = exchange.header('content-length');
  return header === undefined ? undefined : Number(header);
}

export function hasBody(exchange: Exchange): boolean {
  return exchange.header('transfer-encoding') !== undefined || (announcedBytes(exchange) ?? 0) > 0;
}

/**
 * The body in pieces, as they come.
 * @throws OciError BLOB_UPLOAD_INVALID when the client stops half-way (400) or is slower than the pace (408).
 */
export async function* readBody(exchange: Exchange, pace: BodyPace): AsyncGenerator<Uint8Array, void, undefined> {
  exchange.wantBody();
  const iterator: AsyncIterator<Uint8Array> = exchange.request
    .iterator({ destroyOnReturn: false })
    [Symbol.asyncIterator]();
  const meter = new PaceMeter(pace);
  try {
    for (;;) {
      const result = await meter.wait(nextPiece(iterator));
      if (result.done === true) break;
      meter.count(result.value.length);
      yield result.value;
    }
  } finally {
    meter.end();
  }
  if (!exchange.request.complete) throw brokenBody(undefined);
}

/** The whole body. @throws OciError SIZE_INVALID (413) above `maxBytes`, without reading on. */
export async function readWholeBody(exchange: Exchange, maxBytes: number, pace: BodyPace): Promise<Buffer> {
  const announced = announcedBytes(exchange);
  if (announced !== undefined && announced > maxBytes) throw tooLarge(maxBytes);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of readBody(exchange, pace)) {
    size += piece.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

async function nextPiece(iterator: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
  try {
    return await iterator.next();
  } catch (cause) {
    throw brokenBody(cause);
  }
}

/** Counts bytes against the time spent waiting for the client. */
class PaceMeter {
  readonly #minBytesPerSecond: number;
  /** One for the whole body, set anew for each wait; when nobody waits, its end means nothing. */
  #timer: NodeJS.Timeout | undefined;
  #giveUp: ((reason: OciError) => void) | undefined;
  #waitedMs = 0;
  #bytes = 0;

  constructor({ minBytesPerSecond }: BodyPace) {
    this.#minBytesPerSecond = minBytesPerSecond;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#waitedMs < WINDOW_MS) return;
    if (this.#bytes < (this.#minBytesPerSecond * this.#waitedMs) / 1_000) throw this.#tooSlow();
    this.#waitedMs = 0;
    this.#bytes = 0;
  }

  wait<Result>(promise: Promise<Result>): Promise<Result> {
    if (this.#minBytesPerSecond === 0) return promise;
    const startedAt = performance.now();
    const waited = new Promise<Result>((resolve, reject) => {
      this.#giveUp = reject;
      promise.then(resolve, reject);
    });
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#giveUp?.(this.#tooSlow()), WINDOW_MS);
    else this.#timer.refresh();
    return waited.finally(() => {
      this.#giveUp = undefined;
      this.#waitedMs += performance.now() - startedAt;
    });
  }

  /** Nobody waits any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #tooSlow(): OciError {
    return new OciError('BLOB_UPLOAD_INVALID', `The body came slower than ${this.#minBytesPerSecond} bytes a second.`, {
      status: 408,
    });
  }
}

function brokenBody(cause: unknown): OciError {
  return new OciError('BLOB_UPLOAD_INVALID', 'The body ended before it was complete: nothing of it was kept.', {
    cause,
  });
}

function tooLarge(maxBytes: number): OciError {
  return new OciError('SIZE_INVALID', `This is larger than the ${maxBytes} bytes that the registry accepts here.`, {
    status: 413,
  });
}
