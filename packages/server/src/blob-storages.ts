import type { Config, S3Config } from './config/config.ts';
import { assertInstanceId } from './control-plane/instances/instance-id.ts';
import { locateInstance } from './control-plane/instances/instance-location.ts';
import type { BlobStorage } from './drivers/blob-storage/blob-storage.ts';

/** What decides where blobs are. */
export type BlobsConfig = Pick<Config, 'dataDir' | 'blobs'>;

/** The blob storages of all instances, each with a part of its own of what they share. */
export interface BlobStorages {
  open(instanceId: string): Promise<BlobStorage>;
  /** After all that it has opened. */
  close(): Promise<void>;
}

/** Nothing is opened before it is asked for, and the driver that is not used is not loaded. */
export function createBlobStorages({ dataDir, blobs }: BlobsConfig): BlobStorages {
  if (blobs === undefined) return createFolders(dataDir);
  let opening: Promise<BlobStorages> | undefined;
  return {
    open: async (instanceId) => {
      opening ??= openBucket(blobs);
      return (await opening).open(instanceId);
    },
    close: async () => (await opening)?.close(),
  };
}

async function openBucket(config: S3Config): Promise<BlobStorages> {
  const { openS3Bucket } = await import('./drivers/blob-storage/s3/open-s3-bucket.ts');
  const { createS3Storage } = await import('./drivers/blob-storage/s3/s3-storage.ts');
  const { PartBuffers } = await import('./drivers/blob-storage/s3/part-buffers.ts');
  const { createUrlSigner } = await import('./drivers/blob-storage/s3/create-url-signer.ts');
  const bucket = await openS3Bucket(config);
  const endpoint = config.publicEndpoint ?? config.endpoint;
  const signer = config.redirects ? await createUrlSigner({ ...config, endpoint }) : undefined;
  const buffers = new PartBuffers(config.bufferBytes);
  const prefixOf = (instanceId: string) => (config.prefix === '' ? instanceId : `${config.prefix}/${instanceId}`);
  return {
    open: async (instanceId) => {
      assertInstanceId(instanceId);
      return createS3Storage({ bucket, prefix: prefixOf(instanceId), buffers, signUrl: signer?.sign });
    },
    close: async () => {
      bucket.close();
      signer?.close();
    },
  };
}

/** Opens the storage of one instance, for a command: closing it closes all that was opened for it. */
export async function openBlobStorage(config: BlobsConfig, instanceId: string): Promise<BlobStorage> {
  const storages = createBlobStorages(config);
  const storage = await storages.open(instanceId);
  const closeStorage = storage.close.bind(storage);
  storage.close = async () => {
    await closeStorage();
    await storages.close();
  };
  return storage;
}

function createFolders(dataDir: string): BlobStorages {
  return {
    open: async (instanceId) => {
      const { openFilesystemStorage } = await import('./drivers/blob-storage/filesystem/filesystem-storage.ts');
      return openFilesystemStorage({ rootDir: locateInstance(dataDir, instanceId).blobsFolder });
    },
    close: async () => undefined,
  };
}
