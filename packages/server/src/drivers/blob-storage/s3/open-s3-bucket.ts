import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import { S3Bucket, type S3Encryption } from './s3-bucket.ts';

export interface S3BucketOptions {
  readonly bucket: string;
  readonly region: string;
  /** Absent: Amazon's own for the region. */
  readonly endpoint: string | undefined;
  /** `https://host/bucket/…` instead of `https://bucket.host/…`. */
  readonly isPathStyle: boolean;
  /** Absent: looked for as Amazon's tools do (environment, shared file, web identity, the machine's role). */
  readonly credentials: S3Credentials | undefined;
  /** PEM file with the authorities that signed the certificate of the endpoint, beside those that Node knows. */
  readonly caFile: string | undefined;
  readonly encryption: S3Encryption | undefined;
  /** How often a call is tried at most. */
  readonly attempts: number;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** Without a byte in either direction. */
const IDLE_TIMEOUT_MS = 20_000;
const MAX_CONNECTIONS = 256;

/** Connects to a bucket, which has to be there; nothing is asked of it yet. Many storages may share it. */
export async function openS3Bucket(options: S3BucketOptions): Promise<S3Bucket> {
  const { caFile, encryption, credentials, endpoint, bucket } = options;
  // As large as the rest of an idle server, so it is loaded only where it is used.
  const sdk = await import('@aws-sdk/client-s3');
  const ca = caFile === undefined ? undefined : [...rootCertificates, await readFile(caFile, 'utf8')];
  const agent = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  const client = new sdk.S3Client({
    region: options.region,
    forcePathStyle: options.isPathStyle,
    maxAttempts: options.attempts,
    // The SDK's own checksums are news to many stores; the signature has a stronger one, which all of them check.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent({ ...agent, ...(ca && { ca }) }),
    },
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
  });
  return new S3Bucket({ sdk, client, bucket, encryption });
}
