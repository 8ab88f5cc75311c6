import type { BlobsConfig } from './blob-storages.ts';

/** Names the place of all blobs, without credentials: two configurations that have one place have one name. */
export function describeBlobsPlace({ dataDir, blobs }: BlobsConfig): string {
  if (blobs === undefined) return `the data folder ${dataDir}`;
  const { bucket, prefix, endpoint } = blobs;
  const address = prefix === '' ? `s3://${bucket}` : `s3://${bucket}/${prefix}`;
  return endpoint === undefined ? address : `${address} at ${endpoint}`;
}
