import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Exchange } from './exchange.ts';
import { readBody, readWholeBody } from './request-body.ts';

/** A request whose body comes as the pieces do. */
function exchangeOf(pieces: AsyncIterable<Uint8Array>, headers: Readonly<Record<string, string>> = {}): Exchange {
  const request = { iterator: () => pieces, complete: true };
  const wantBody = () => undefined;
  return { request, wantBody, header: (name: string) => headers[name] } as unknown as Exchange;
}

async function* piecesOf(count: number, size: number, everyMs: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) {
    if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
    yield Buffer.alloc(size);
  }
}

async function drain(exchange: Exchange, minBytesPerSecond: number, restMs = 0): Promise<number> {
  let size = 0;
  for await (const piece of readBody(exchange, { minBytesPerSecond })) {
    size += piece.length;
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  return size;
}

describe('the pace of a body', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('may be as slow as the limit, however long it takes', async () => {
    const reading = drain(exchangeOf(piecesOf(200, 1_000, 1_000)), 900);
    await vi.advanceTimersByTimeAsync(201_000);
    expect(await reading).toBe(200_000);
  });

  it('that is slower ends with 408', async () => {
    const reading = drain(exchangeOf(piecesOf(200, 1_000, 1_000)), 1_100);
    const refused = expect(reading).rejects.toMatchObject({ status: 408 });
    await vi.advanceTimersByTimeAsync(30_000);
    await refused;
  });

  it('of nothing at all ends with 408 after ten seconds', async () => {
    const reading = drain(exchangeOf(piecesOf(1, 1, 3_600_000)), 1);
    const refused = expect(reading).rejects.toMatchObject({ status: 408 });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
  });

  it('counts only while the server waits for the client, not the other way round', async () => {
    const reading = drain(exchangeOf(piecesOf(20, 10, 0)), 1_000, 5_000);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await reading).toBe(200);
  });

  it('does not matter when the check is off', async () => {
    const reading = drain(exchangeOf(piecesOf(2, 1, 3_600_000)), 0);
    await vi.advanceTimersByTimeAsync(2 * 3_600_000);
    expect(await reading).toBe(2);
  });
});

describe('a whole body', () => {
  const pace = { minBytesPerSecond: 0 };

  it('of just the limit is read, and one byte more is a 413', async () => {
    expect(await readWholeBody(exchangeOf(piecesOf(4, 25, 0)), 100, pace)).toHaveLength(100);
    const refused = { code: 'SIZE_INVALID', status: 413 };
    await expect(readWholeBody(exchangeOf(piecesOf(4, 25, 0)), 99, pace)).rejects.toMatchObject(refused);
  });

  it('that announces too much is refused before a byte is read', async () => {
    const unread = {
      [Symbol.asyncIterator]: () => {
        throw new Error('nobody may read this');
      },
    };
    const reading = readWholeBody(exchangeOf(unread, { 'content-length': '101' }), 100, pace);
    await expect(reading).rejects.toMatchObject({ code: 'SIZE_INVALID', status: 413 });
  });

  it('that breaks off is refused, whether the stream fails or merely ends', async () => {
    const failing = (async function* () {
      yield Buffer.alloc(1);
      throw new Error('aborted');
    })();
    const refused = { code: 'BLOB_UPLOAD_INVALID', status: 400 };
    await expect(readWholeBody(exchangeOf(failing), 100, pace)).rejects.toMatchObject(refused);
    const cut = exchangeOf(piecesOf(1, 1, 0));
    Object.assign(cut.request, { complete: false });
    await expect(readWholeBody(cut, 100, pace)).rejects.toMatchObject(refused);
  });
});
