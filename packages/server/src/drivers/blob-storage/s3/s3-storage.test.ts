import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createBucket, createS3Client, deleteBucket } from '../../../../test/support/create-bucket.ts';
import { describeBlobStorage } from '../blob-storage.contract.ts';
import { type BlobStorage, UploadDamagedError } from '../blob-storage.ts';
import {
  append,
  createSampleBytes,
  listKeys,
  MIB,
  readRange,
  storeState,
  summarize,
  summarizeObject,
  toBody,
} from '../contract/sample-bytes.ts';
import { createUrlSigner, type UrlSigner } from './create-url-signer.ts';
import { openS3Bucket } from './open-s3-bucket.ts';
import { PartBuffers } from './part-buffers.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { createS3Storage } from './s3-storage.ts';

const access = inject('s3');

describe.runIf(access !== undefined)('S3', () => {
  if (access === undefined) return;
  const client = createS3Client(access);
  let name: string;
  let bucket: S3Bucket;
  let signer: UrlSigner;
  let tests = 0;

  const open = async () => {
    const { accessKeyId, secretAccessKey, endpoint, region } = access;
    const credentials = { accessKeyId, secretAccessKey };
    const options = { bucket: name, region, endpoint, isPathStyle: true, credentials, caFile: undefined, attempts: 3 };
    signer = await createUrlSigner(options);
    return openS3Bucket({ ...options, encryption: undefined });
  };

  beforeAll(async () => {
    name = await createBucket(access);
    bucket = await open();
  }, 130_000);

  afterAll(async () => {
    bucket.close();
    signer.close();
    await deleteBucket(access, name);
    client.destroy();
  });

  describeBlobStorage(
    's3',
    async () => {
      tests += 1;
      const prefix = `contract/${tests}`;
      const openStorage = () =>
        createS3Storage({ bucket, prefix, buffers: new PartBuffers(64 * MIB), signUrl: signer.sign });
      const storage = openStorage();
      return { storage, prefix, reopen: async () => openStorage(), cleanup: () => storage.destroy() };
    },
    {
      locates: true,
      truncateObject: async ({ storage, prefix }, key, sizeBytes) => {
        const bytes = await readRange(storage, key, 0, sizeBytes);
        await client.send(new PutObjectCommand({ Bucket: name, Key: `${prefix}/blobs/${key}`, Body: bytes }));
      },
      findQuarantined: async ({ prefix }, key) => {
        const found = await bucket.getObject(`${prefix}/quarantine/${key}`, { start: 0, end: 1_000_000 });
        return found === undefined ? undefined : Buffer.concat(await found.stream.toArray());
      },
    },
  );

  it.each([
    [{ credentials: { accessKeyId: 'nobody', secretAccessKey: 'x' } }, /does not know the access key/],
    [{ credentials: { ...access, secretAccessKey: 'wrong' } }, /secret key is not the one/],
    [{ bucket: 'no-such-bucket' }, /there is no bucket no-such-bucket/],
    [{ endpoint: 'http://127.0.0.1:1' }, /at http:\/\/127.0.0.1:1 cannot be used: .*ECONNREFUSED/],
  ])('says what an operator has to look at: %o', async (wrong, sentence) => {
    const { accessKeyId, secretAccessKey, endpoint, region } = access;
    const right = { bucket: name, region, endpoint, credentials: { accessKeyId, secretAccessKey }, attempts: 1 };
    const other = await openS3Bucket({
      isPathStyle: true,
      caFile: undefined,
      encryption: undefined,
      ...right,
      ...wrong,
    });
    const storage = createS3Storage({ bucket: other, prefix: 'health', buffers: new PartBuffers(MIB) });
    await expect(storage.checkHealth()).rejects.toThrow(sentence);
    other.close();
  });

  describe('the uploads of S3', () => {
    let prefix: string;
    let storage: BlobStorage;

    beforeEach(() => {
      tests += 1;
      prefix = `uploads/${tests}`;
      storage = createS3Storage({ bucket, prefix, buffers: new PartBuffers(64 * MIB) });
    });
    afterEach(() => storage.destroy());

    const listNames = async () => {
      const names = await collect(bucket.listNames(`${prefix}/`));
      return names.map((found) => found.slice(prefix.length + 1));
    };
    const listMultiparts = () => collect(bucket.listMultiparts(`${prefix}/`));
    const failingBody = async function* (sizeBytes: number) {
      yield* toBody(createSampleBytes(sizeBytes));
      throw new Error('the client went away');
    };

    it('keep at most two tails however many small appends there are, and none in the end', async () => {
      let state = storeState(storage.createUpload('u'));
      const pieces = Array.from({ length: 12 }, (_, turn) => createSampleBytes(MIB, turn + 1));
      for (const bytes of pieces) {
        state = await append(storage, 'u', state, bytes);
        expect((await listNames()).length).toBeLessThanOrEqual(2);
      }
      const key = await storage.completeUpload('u', state, 'k');
      await storage.abortUpload('u', state);
      expect(await listNames()).toEqual([`blobs/${key}`]);
      expect(await listMultiparts()).toEqual([]);
      expect(await summarizeObject(storage, key)).toEqual(summarize(Buffer.concat(pieces)));
    });

    it('become parts of 8 MiB while they stream, and a tail only of what is under 5 MiB', async () => {
      const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(38 * MIB));
      const sizes = Array.from(state['parts'] as { sizeBytes: number }[], ({ sizeBytes }) => sizeBytes);
      expect(sizes).toEqual([8, 8, 8, 8, 6].map((count) => count * MIB));
      expect(await listNames()).toEqual([]);
      const longer = await append(storage, 'u', state, createSampleBytes(2 * MIB));
      expect(longer).toMatchObject({ size: 40 * MIB, parts: state['parts'], tail: { sizeBytes: 2 * MIB } });
    });

    it('leave nothing of one that was aborted', async () => {
      const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(5 * MIB));
      const longer = await append(storage, 'u', state, createSampleBytes(1));
      await storage.abortUpload('u', longer);
      expect(await listNames()).toEqual([]);
      expect(await listMultiparts()).toEqual([]);
    });

    it('leave nothing of the first append when that fails', async () => {
      const body = failingBody(20 * MIB);
      await expect(storage.appendUpload('u', storage.createUpload('u'), body, {})).rejects.toThrow('went away');
      expect(await listNames()).toEqual([]);
      expect(await listMultiparts()).toEqual([]);
    });

    it.each([10, 6 * MIB])('refuse a tail that is not the one in the state, behind %i bytes', async (sizeBytes) => {
      const first = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(sizeBytes));
      const state = await append(storage, 'u', first, createSampleBytes(10));
      for (const found of await listNames()) await bucket.putObject(`${prefix}/${found}`, createSampleBytes(10, 2));
      await expect(append(storage, 'u', state, createSampleBytes(1))).rejects.toThrow(UploadDamagedError);
      await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadDamagedError);
      expect(await listKeys(storage)).toEqual([]);
    });

    it('refuse an object that another process has made of other bytes of the same number', async () => {
      const [ours, theirs] = [createSampleBytes(3 * MIB, 2), createSampleBytes(3 * MIB, 3)];
      const old = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(6 * MIB));
      const state = await append(storage, 'u', old, ours);
      const other = await append(storage, 'u', old, theirs);
      const key = await storage.completeUpload('u', other, 'k');
      await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadDamagedError);
      expect(await storage.completeUpload('u', other, 'k')).toBe(key);
      const whole = Buffer.concat([createSampleBytes(6 * MIB), theirs]);
      expect(await summarizeObject(storage, key)).toEqual(summarize(whole));
    });

    it('refuse a part that was replaced behind their back', async () => {
      const state = await append(storage, 'u', storage.createUpload('u'), createSampleBytes(6 * MIB));
      const [multipart] = await listMultiparts();
      if (multipart === undefined) throw new Error('no multipart upload was begun');
      await bucket.putPart(multipart, 1, createSampleBytes(6 * MIB, 2));
      await expect(storage.completeUpload('u', state, 'k')).rejects.toThrow(UploadDamagedError);
      expect(await listKeys(storage)).toEqual([]);
    });
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
