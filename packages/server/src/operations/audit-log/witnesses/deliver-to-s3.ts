import type { EgressGuard } from '../../../kernel/egress-guard.ts';
import { type DeliveredCheckpoint, DeliveryError } from './witness.ts';

/** A customer's bucket, without its secret. */
export interface S3Target {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKeyId: string;
}

export interface S3Secret {
  readonly secretAccessKey: string;
}

const LIFETIME_SECONDS = 60;
const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const SIZE_DIGITS = 15;

/** Puts the checkpoint into the bucket, an object for each. @throws DeliveryError, EgressError */
export async function deliverToS3(
  guard: Pick<EgressGuard, 'fetch'>,
  target: S3Target,
  secret: S3Secret,
  checkpoint: DeliveredCheckpoint,
  signal: AbortSignal,
): Promise<void> {
  const url = await signPut(target, secret, nameCheckpoint(target.prefix, checkpoint));
  const options = { method: 'PUT', body: checkpoint.note, signal, timeoutMs: TIMEOUT_MS, maxRedirects: 0 };
  const response = await guard.fetch(url, { ...options, maxResponseBytes: MAX_ANSWER_BYTES });
  const text = await response.text();
  if (response.ok) return;
  // Of a foreign text only what has the form of a code.
  const [, code] = /<Code>([A-Za-z]{1,64})<\/Code>/.exec(text) ?? [];
  throw new DeliveryError(`the bucket has answered ${response.status}${code === undefined ? '' : ` (${code})`}`);
}

/** In the order of the sizes. */
export function nameCheckpoint(prefix: string, { origin, size }: Pick<DeliveredCheckpoint, 'origin' | 'size'>): string {
  return `${prefix}${origin}/checkpoint-${String(size).padStart(SIZE_DIGITS, '0')}.txt`;
}

/** The library only signs here; the connection is the guard's. */
async function signPut(target: S3Target, { secretAccessKey }: S3Secret, name: string): Promise<string> {
  const sdk = await import('@aws-sdk/client-s3');
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  const client = new sdk.S3Client({
    region: target.region,
    endpoint: target.endpoint,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: target.accessKeyId, secretAccessKey },
  });
  try {
    const command = new sdk.PutObjectCommand({ Bucket: target.bucket, Key: name });
    return await getSignedUrl(client, command, { expiresIn: LIFETIME_SECONDS });
  } finally {
    client.destroy();
  }
}
