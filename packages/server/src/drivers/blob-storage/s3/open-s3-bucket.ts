import { createS3Client, type S3ClientOptions } from './create-s3-client.ts';
import { S3Bucket, type S3Encryption } from './s3-bucket.ts';

export interface S3BucketOptions extends S3ClientOptions {
  readonly bucket: string;
  readonly encryption: S3Encryption | undefined;
}

/** Connects to a bucket, which has to be there; nothing is asked of it yet. Many storages may share it. */
export async function openS3Bucket(options: S3BucketOptions): Promise<S3Bucket> {
  // As large as the rest of an idle server, so it is loaded only where it is used.
  const sdk = await import('@aws-sdk/client-s3');
  const { bucket, endpoint, region, encryption } = options;
  const place = { bucket, endpoint, region };
  return new S3Bucket({ sdk, client: await createS3Client(sdk, options), place, encryption });
}
