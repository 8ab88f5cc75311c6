import { describe, expect, it } from 'vitest';

import type { AppendOptions, UploadState } from '../blob-storage.ts';
import type { BlobStorageCapabilities, CurrentStorage, OpenedStorage } from './opened-storage.ts';
import { append, createSampleBytes, MIB, storeState, summarize, summarizeObject, toBody } from './sample-bytes.ts';

const ACKNOWLEDGED = createSampleBytes(6 * MIB + 11, 1);
const FAILED = createSampleBytes(12 * MIB, 2);
const AFTERWARDS = createSampleBytes(1000, 3);

/** Where a body fails: after so many of its bytes. */
const FAILURE_POINTS = [
  ['before its first piece', 0],
  ['after its first piece', 65_536],
  ['half-way', 6 * MIB],
  ['after its last piece', 12 * MIB],
] as const;

/** An append fails, and nothing of it may be in the object. */
export function describeFailingAppends<T extends OpenedStorage>(
  current: CurrentStorage<T>,
  { countUploadBytes }: BlobStorageCapabilities<T>,
): void {
  describe('an append that fails', () => {
    it.each(FAILURE_POINTS)('leaves nothing when the body throws %s', async (_, bytesBefore) => {
      const reason = new Error('the client went away');
      const body = failAfter(bytesBefore, () => Promise.reject(reason));
      const old = await createOpenUpload(current);
      await expectFailureLeavesNothing(current, old, { body }, reason);
    });

    it.each(FAILURE_POINTS)('leaves nothing when the signal aborts %s', async (_, bytesBefore) => {
      const reason = new Error('shutting down');
      const controller = new AbortController();
      const body = failAfter(bytesBefore, async () => controller.abort(reason));
      const { signal } = controller;
      const old = await createOpenUpload(current);
      await expectFailureLeavesNothing(current, old, { body, options: { signal } }, reason);
    });

    it('leaves nothing when the signal aborts while the body is stuck', async () => {
      const reason = new Error('too slow');
      const controller = new AbortController();
      const body = failAfter(3 * MIB, () => {
        queueMicrotask(() => controller.abort(reason));
        return new Promise<void>(() => {});
      });
      const { signal } = controller;
      const old = await createOpenUpload(current);
      await expectFailureLeavesNothing(current, old, { body, options: { signal } }, reason);
    });

    it('leaves nothing when onBytes throws', async () => {
      const reason = new Error('over quota');
      let seenBytes = 0;
      const onBytes = (piece: Uint8Array) => {
        seenBytes += piece.byteLength;
        if (seenBytes > 2 * MIB) throw reason;
      };
      const old = await createOpenUpload(current);
      await expectFailureLeavesNothing(current, old, { body: toBody(FAILED), options: { onBytes } }, reason);
    });

    it('leaves nothing when onEnd throws, which is called once and after the last byte', async () => {
      const reason = new Error('fewer bytes than were announced');
      let seenBytes = 0;
      const ends: number[] = [];
      const onBytes = (piece: Uint8Array) => {
        seenBytes += piece.byteLength;
      };
      const onEnd = () => {
        ends.push(seenBytes);
        throw reason;
      };
      const old = await createOpenUpload(current);
      await expectFailureLeavesNothing(current, old, { body: toBody(FAILED), options: { onBytes, onEnd } }, reason);
      expect(ends).toEqual([FAILED.byteLength]);
    });

    describeAftermath(current);
    if (countUploadBytes !== undefined) describeRoom(current, (id) => countUploadBytes(current.opened, id));
  });
}

function describeRoom(current: CurrentStorage, countUploadBytes: (uploadId: string) => Promise<number>): void {
  it.each([0, 6 * MIB + 11])('gives its room back at once: %i bytes were acknowledged before', async (sizeBytes) => {
    const { storage } = current;
    const old = await append(storage, 'u', storage.createUpload('u'), ACKNOWLEDGED.subarray(0, sizeBytes));
    const body = failAfter(9 * MIB, () => Promise.reject(new Error('the client went away')));
    await expect(storage.appendUpload('u', old, body, {})).rejects.toThrow('went away');
    expect(await countUploadBytes('u')).toBe(sizeBytes);
  });
}

function describeAftermath(current: CurrentStorage): void {
  it('completes from the old state as if it had never been', async () => {
    const old = await createOpenUpload(current);
    const body = failAfter(6 * MIB, () => Promise.reject(new Error('the client went away')));
    await expect(current.storage.appendUpload('u', old, body, {})).rejects.toThrow('went away');
    await current.reopen();
    const key = await current.storage.completeUpload('u', old, 'k');
    expect(await summarizeObject(current.storage, key)).toEqual(summarize(ACKNOWLEDGED));
  });

  it('looks at no byte when the signal has aborted before', async () => {
    const old = await createOpenUpload(current);
    let isTouched = false;
    const body = failAfter(0, async () => {
      isTouched = true;
    });
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(current.storage.appendUpload('u', old, body, { signal })).rejects.toThrow('too late');
    expect(isTouched).toBe(false);
  });

  it('ends the body, so that it may free what it holds', async () => {
    const old = await createOpenUpload(current);
    let isEnded = false;
    async function* body() {
      try {
        yield* toBody(FAILED);
      } finally {
        isEnded = true;
      }
    }
    const onBytes = () => {
      throw new Error('over quota');
    };
    await expect(current.storage.appendUpload('u', old, body(), { onBytes })).rejects.toThrow('over quota');
    expect(isEnded).toBe(true);
  });
}

/** Fails an append, then goes on with the old state and completes. */
async function expectFailureLeavesNothing(
  current: CurrentStorage,
  old: UploadState,
  failing: Failing,
  reason: Error,
): Promise<void> {
  const { storage } = current;
  await expect(storage.appendUpload('u', old, failing.body, failing.options ?? {})).rejects.toBe(reason);
  const state = await append(storage, 'u', old, AFTERWARDS);
  expect(state.size).toBe(ACKNOWLEDGED.byteLength + AFTERWARDS.byteLength);
  const key = await storage.completeUpload('u', state, 'k');
  expect(await summarizeObject(storage, key)).toEqual(summarize(Buffer.concat([ACKNOWLEDGED, AFTERWARDS])));
}

interface Failing {
  readonly body: AsyncIterable<Uint8Array>;
  readonly options?: AppendOptions;
}

async function createOpenUpload({ storage }: CurrentStorage): Promise<UploadState> {
  return append(storage, 'u', storeState(storage.createUpload('u')), ACKNOWLEDGED);
}

async function* failAfter(bytesBefore: number, fail: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield* toBody(FAILED.subarray(0, bytesBefore));
  await fail();
  // Reached when `fail` only aborts: the rest must not count either.
  yield* toBody(FAILED.subarray(bytesBefore));
}
