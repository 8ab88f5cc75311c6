import { readFile } from 'node:fs/promises';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type * as Sdk from '@aws-sdk/client-s3';
import { nodeHttp } from '../../../kernel/node-http.ts';

export interface S3ClientOptions {
  readonly region: string;
  /** Absent: Amazon's own for the region. */
  readonly endpoint: string | undefined;
  /** `https://host/bucket/…` instead of `https://bucket.host/…`. */
  readonly isPathStyle: boolean;
  /** Absent: looked for as Amazon's tools do (environment, shared file, web identity, the machine's role). */
  readonly credentials: S3Credentials | undefined;
  /** PEM file with the authorities that signed the certificate of the endpoint, beside those that Node knows. */
  readonly caFile: string | undefined;
  /** How often a call is tried at most. */
  readonly attempts: number;
  /** A connection without a byte in either direction for so long is given up. Default: 20 s. */
  readonly idleTimeoutMs?: number;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const CONNECT_TIMEOUT_MS = 3_000;
const IDLE_TIMEOUT_MS = 20_000;
const MAX_CONNECTIONS = 256;

/** @throws when the file with the authorities cannot be read */
export async function createS3Client(sdk: typeof Sdk, options: S3ClientOptions): Promise<Sdk.S3Client> {
  const { caFile, credentials, endpoint } = options;
  const ca = caFile === undefined ? undefined : [...rootCertificates, await readFile(caFile, 'utf8')];
  const agent = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  return new sdk.S3Client({
    region: options.region,
    forcePathStyle: options.isPathStyle,
    maxAttempts: options.attempts,
    // The SDK's own checksums are news to many stores; the signature has a stronger one, which all of them check.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
      httpAgent: new nodeHttp.Agent(agent),
      httpsAgent: new HttpsAgent({ ...agent, ...(ca && { ca }) }),
    },
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
  });
}
