import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Access } from './start-radosgw.ts';

const READY_TIMEOUT_MS = 120_000;

/** A client for what the product itself never does. */
export function createS3Client({ endpoint, region, accessKeyId, secretAccessKey }: S3Access): S3Client {
  return new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
}

/** Makes a bucket, and waits for a server that was started a moment ago. @returns its name */
export async function createBucket(access: S3Access): Promise<string> {
  const bucket = `test-${randomUUID()}`;
  const client = createS3Client(access);
  const deadline = Date.now() + READY_TIMEOUT_MS;
  try {
    for (;;) {
      try {
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
        return bucket;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await delay(300);
      }
    }
  } finally {
    client.destroy();
  }
}

/** The bucket as a server is told of it (`ROADSTEAD_BLOBS`). @param parameters more of them, each with its `&` */
export function blobsUrl(access: S3Access, bucket: string, parameters = ''): string {
  const keys = [access.accessKeyId, access.secretAccessKey].map(encodeURIComponent).join(':');
  return `s3://${keys}@${bucket}/registry?endpoint=${access.endpoint}&region=${access.region}${parameters}`;
}

/** Removes a bucket that is empty. */
export async function deleteBucket(access: S3Access, bucket: string): Promise<void> {
  const client = createS3Client(access);
  try {
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  } finally {
    client.destroy();
  }
}
