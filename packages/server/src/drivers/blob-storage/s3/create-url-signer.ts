import { createS3Client, type S3ClientOptions } from './create-s3-client.ts';

/** How long an address leads to its object: long enough for a client to begin, and to begin again. */
const LIFETIME_SECONDS = 1_200;

export interface UrlSigner {
  /** An address under which anybody who has it may read the object of this name, for twenty minutes. */
  sign(name: string): Promise<string>;
  close(): void;
}

/** Makes addresses for clients. The host is part of what is signed: the endpoint must be the one that clients reach. */
export async function createUrlSigner(options: S3ClientOptions & { readonly bucket: string }): Promise<UrlSigner> {
  const sdk = await import('@aws-sdk/client-s3');
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  const client = await createS3Client(sdk, options);
  // What users pushed must never run in a browser.
  const inert = { ResponseContentType: 'application/octet-stream', ResponseContentDisposition: 'attachment' };
  return {
    sign: (name) => {
      const command = new sdk.GetObjectCommand({ Bucket: options.bucket, Key: name, ...inert });
      return getSignedUrl(client, command, { expiresIn: LIFETIME_SECONDS });
    },
    close: () => client.destroy(),
  };
}
