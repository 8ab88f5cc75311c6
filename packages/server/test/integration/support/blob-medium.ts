import { readdir, readFile, rename, truncate } from 'node:fs/promises';
import path from 'node:path';
import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { openBlobStorage } from '../../../src/blob-storages.ts';
import { readBlobs } from '../../../src/config/read-blobs.ts';
import { locateInstance } from '../../../src/control-plane/instances/instance-location.ts';
import type { BlobStorage } from '../../../src/drivers/blob-storage/blob-storage.ts';
import { blobsUrl, createBucket, createS3Client, deleteBucket } from '../../support/create-bucket.ts';
import type { S3Access } from '../../support/start-radosgw.ts';
import { collect } from './collect.ts';

/** Where the registries of a test keep blobs: folders, or buckets when ROADSTEAD_TEST_BLOBS is `s3`. */
export interface BlobMedium {
  /** What a server is told of it. */
  readonly env: Readonly<Record<string, string>>;
  /** The objects of one instance, past the application. */
  openObjects(instanceId: string): Promise<MediumObjects>;
  openStorage(instanceId: string): Promise<BlobStorage>;
  remove(): Promise<void>;
}

export interface MediumObjects {
  list(): Promise<readonly { readonly key: string; readonly sizeBytes: number }[]>;
  read(key: string): Promise<Buffer>;
  /** Cuts an object, as a failing medium might. */
  truncate(key: string, sizeBytes: number): Promise<void>;
  /** Takes an object away, as an unmounted volume does. @returns what brings it back */
  hide(key: string): Promise<() => Promise<void>>;
  /** Ids of the uploads that hold something. */
  listUploads(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What a test wants, whatever the others have: for what is about files, or about S3. */
export type WantedMedium = { readonly kind: 'files' } | { readonly kind: 's3'; readonly parameters: string };

/** The medium that every test has which asks for no other. */
const USUAL: WantedMedium =
  process.env['ROADSTEAD_TEST_BLOBS'] === 's3' ? { kind: 's3', parameters: '' } : { kind: 'files' };

export async function createBlobMedium(dataDir: string, wanted = USUAL): Promise<BlobMedium> {
  if (wanted.kind === 'files') return createFolderMedium(dataDir);
  const access = inject('s3');
  if (access === undefined) throw new Error('this test needs an S3 server, and this run has none');
  return createBucketMedium(dataDir, access, wanted.parameters);
}

function createFolderMedium(dataDir: string): BlobMedium {
  const openStorage = (instanceId: string) => openBlobStorage({ dataDir, blobs: undefined }, instanceId);
  return {
    env: {},
    openStorage,
    openObjects: async (instanceId) => {
      const folder = path.join(locateInstance(dataDir, instanceId).blobsFolder, 'blobs');
      const find = async (key: string) => {
        const file = (await listFiles(folder)).find((name) => path.basename(name) === key);
        if (file === undefined) throw new Error(`there is no object ${key}`);
        return file;
      };
      return {
        list: async () => {
          const files = await listFiles(folder);
          return Promise.all(
            files.map(async (file) => ({ key: path.basename(file), sizeBytes: (await readFile(file)).length })),
          );
        },
        read: async (key) => readFile(await find(key)),
        truncate: async (key, sizeBytes) => truncate(await find(key), sizeBytes),
        hide: async (key) => {
          const file = await find(key);
          await rename(file, `${file}.hidden`);
          return () => rename(`${file}.hidden`, file);
        },
        listUploads: async () => {
          const files = await listFiles(path.join(locateInstance(dataDir, instanceId).blobsFolder, 'uploads'));
          return files.map((file) => path.basename(file));
        },
        close: async () => undefined,
      };
    },
    remove: async () => undefined,
  };
}

async function createBucketMedium(dataDir: string, access: S3Access, parameters: string): Promise<BlobMedium> {
  const bucket = await createBucket(access);
  const url = blobsUrl(access, bucket, parameters);
  const open = (instanceId: string) => openBlobStorage({ dataDir, blobs: readBlobs(url) }, instanceId);
  const client = createS3Client(access);
  return {
    env: { ROADSTEAD_BLOBS: url },
    openStorage: open,
    openObjects: async (instanceId) => {
      const storage = await open(instanceId);
      const at = (key: string) => ({ Bucket: bucket, Key: `registry/${instanceId}/blobs/${key}` });
      const read = async (key: string) => {
        const { Body } = await client.send(new GetObjectCommand(at(key)));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      };
      const move = async (from: string, to: { readonly Bucket: string; readonly Key: string }) => {
        await client.send(new CopyObjectCommand({ ...to, CopySource: `${bucket}/${from}` }));
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: from }));
      };
      return {
        list: async () => {
          const keys = await collect(storage.listObjectKeys());
          return Promise.all(
            keys.map(async (key) => ({ key, sizeBytes: (await storage.findObjectSize(key)) ?? Number.NaN })),
          );
        },
        read,
        truncate: async (key, sizeBytes) => {
          const bytes = await read(key);
          await client.send(new PutObjectCommand({ ...at(key), Body: bytes.subarray(0, sizeBytes) }));
        },
        hide: async (key) => {
          const hidden = `hidden/${key}`;
          await move(at(key).Key, { Bucket: bucket, Key: hidden });
          return () => move(hidden, at(key));
        },
        listUploads: () => collect(storage.listUploads()),
        close: () => storage.close(),
      };
    },
    remove: async () => {
      client.destroy();
      await emptyBucket(access, bucket);
      await deleteBucket(access, bucket);
    },
  };
}

/** Also what belongs to no instance any more. */
async function emptyBucket({ endpoint, region, ...credentials }: S3Access, name: string): Promise<void> {
  const { openS3Bucket } = await import('../../../src/drivers/blob-storage/s3/open-s3-bucket.ts');
  const options = { region, endpoint, isPathStyle: true, credentials, caFile: undefined, attempts: 3 };
  const bucket = await openS3Bucket({ ...options, bucket: name, encryption: undefined });
  for await (const multipart of bucket.listMultiparts('')) await bucket.abortMultipart(multipart);
  await bucket.deleteObjects(await collect(bucket.listNames('')));
  bucket.close();
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}
