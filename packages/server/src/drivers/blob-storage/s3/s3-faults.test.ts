import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createBucket, deleteBucket } from '../../../../test/support/create-bucket.ts';
import type { S3Call, S3Fault } from '../../../../test/support/fault-proxy/s3-fault.ts';
import { type S3FaultProxy, startS3FaultProxy } from '../../../../test/support/fault-proxy/s3-fault-proxy.ts';
import { type BlobStorage, UploadDamagedError } from '../blob-storage.ts';
import {
  append,
  createSampleBytes,
  listKeys,
  MIB,
  storeState,
  summarize,
  summarizeObject,
} from '../contract/sample-bytes.ts';
import { openS3Bucket } from './open-s3-bucket.ts';
import { PartBuffers } from './part-buffers.ts';
import { createS3Storage } from './s3-storage.ts';

const access = inject('s3');
/** Far more than a busy machine needs for an answer. */
const IDLE_TIMEOUT_MS = 1_500;
const ATTEMPTS = 3;
const ALWAYS = 1_000;

/** Every call that the life of a blob consists of. */
const CALLS: readonly S3Call[] = [
  'create-multipart',
  'put-part',
  'put-object',
  'get-object',
  'copy-part',
  'complete-multipart',
  'head-object',
  'abort-multipart',
  'delete-object',
];

/** Those that the store may not have heard of, those that it has carried out, and those that lie. */
const FAULTS: readonly S3Fault[] = [
  { kind: 'latency', milliseconds: 150 },
  { kind: 'reset' },
  { kind: 'black-hole' },
  { kind: 'reset-after-success' },
  { kind: 'timeout-after-success' },
  { kind: 'slow-down' },
  { kind: 'internal-error' },
];

/** More that can happen to one kind of call. */
const SPECIAL: readonly (readonly [S3Call, S3Fault])[] = [
  ['get-object', { kind: 'truncate', bytes: 3_000_000 }],
  ['get-object', { kind: 'half-close', bytes: 3_000_000 }],
  ['complete-multipart', { kind: 'error-in-200' }],
  ['put-part', { kind: 'corrupt-request' }],
  ['put-object', { kind: 'corrupt-request' }],
];

const EVERY = [...CALLS.flatMap((call) => FAULTS.map((fault) => [call, fault] as const)), ...SPECIAL].map(
  ([call, fault]) => ({ call, fault, what: fault.kind }),
);

/** A storage behind a proxy of its own: the tests run side by side, since most of their time is waiting. */
interface FaultyStorage extends AsyncDisposable {
  readonly storage: BlobStorage;
  readonly proxy: S3FaultProxy;
}

const BYTES = createSampleBytes(20 * MIB + 77);

/** Two appends of several parts with a tail each, a close, a read, and a small object: what is done counts, or it throws. */
async function live(storage: BlobStorage): Promise<void> {
  const first = await append(storage, 'u', storeState(storage.createUpload('u')), BYTES.subarray(0, 9 * MIB));
  const state = await append(storage, 'u', first, BYTES.subarray(9 * MIB));
  const key = await storage.completeUpload('u', state, 'k');
  await storage.abortUpload('u', state);
  expect(await summarizeObject(storage, key)).toEqual(summarize(BYTES));
  await storage.putObject('small', [BYTES.subarray(0, 1_000)]);
  await storage.deleteObject('small');
  await storage.deleteObject(key);
  expect(await storage.findObjectSize(key)).toBeUndefined();
}

describe.runIf(access !== undefined)('an S3 storage whose store fails', { concurrent: true, timeout: 60_000 }, () => {
  if (access === undefined) return;
  let name: string;

  beforeAll(async () => {
    name = await createBucket(access);
  }, 130_000);
  // A test that has failed may have left something in it.
  afterAll(() => deleteBucket(access, name).catch(() => undefined));

  const open = async (): Promise<FaultyStorage> => {
    const proxy = await startS3FaultProxy(access.endpoint);
    const { accessKeyId, secretAccessKey, region } = access;
    const bucket = await openS3Bucket({
      bucket: name,
      region,
      endpoint: proxy.endpoint,
      isPathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
      caFile: undefined,
      attempts: ATTEMPTS,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      encryption: undefined,
    });
    const storage = createS3Storage({ bucket, prefix: randomUUID(), buffers: new PartBuffers(64 * MIB) });
    return {
      storage,
      proxy,
      [Symbol.asyncDispose]: async () => {
        proxy.heal();
        await storage.destroy();
        bucket.close();
        await proxy.close();
      },
    };
  };

  it.each(EVERY)('goes on as if nothing was: $call meets $what once', async ({ call, fault }) => {
    await using faulty = await open();
    faulty.proxy.plan(call, fault);
    await live(faulty.storage);
    expect(faulty.proxy.struck).toBe(1);
  });

  it.each(EVERY.filter(({ what }) => what !== 'latency'))(
    'claims nothing that is not so, and goes on when the store is well again: $call meets $what always',
    async ({ call, fault }) => {
      await using faulty = await open();
      faulty.proxy.plan(call, fault, ALWAYS);
      const failure: unknown = await live(faulty.storage).then(
        () => undefined,
        (error: unknown) => error,
      );
      faulty.proxy.heal();
      expect(faulty.proxy.struck).toBeGreaterThan(0);
      if (failure !== undefined) expect(failure).toBeInstanceOf(Error);
      // What a failed close has left of the upload is the caller's to remove.
      await faulty.storage.abortUpload('u', { size: 0 });
      await live(faulty.storage);
    },
  );

  it('has no part of what the store only said that it had', async () => {
    await using faulty = await open();
    const { storage, proxy } = faulty;
    proxy.plan('put-part', { kind: 'lost-part' });
    const state = await append(storage, 'u', storage.createUpload('u'), BYTES);
    await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadDamagedError);
    expect(await listKeys(storage)).toEqual([]);
  });

  it('takes no parts from a list, which may be stale', async () => {
    await using faulty = await open();
    faulty.proxy.plan('list-parts', { kind: 'stale-list' }, ALWAYS);
    faulty.proxy.plan('list-multiparts', { kind: 'stale-list' }, ALWAYS);
    faulty.proxy.plan('list-objects', { kind: 'stale-list' }, ALWAYS);
    await live(faulty.storage);
  });
});
