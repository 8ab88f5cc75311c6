import { ProductError } from '../../../kernel/errors.ts';

/** Where the bucket is, for people. */
export interface BucketPlace {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly region: string;
}

/** What stores say, and what an operator should look at. */
const REASONS: readonly (readonly [pattern: RegExp, sentence: (place: BucketPlace) => string])[] = [
  [/^NoSuchBucket$/, ({ bucket }) => `there is no bucket ${bucket}: create it, or correct its name`],
  [/^InvalidAccessKeyId$/, () => 'the store does not know the access key'],
  [/^SignatureDoesNotMatch$/, () => 'the secret key is not the one of the access key'],
  [
    /^CredentialsProviderError$/,
    () => 'no credentials were found in the address, the environment, a shared file or a role',
  ],
  [/^(PermanentRedirect|AuthorizationHeaderMalformed)$/, ({ region }) => `the bucket is not in the region ${region}`],
  [
    /^(AccessDenied|Forbidden)$/,
    ({ bucket }) => `the credentials may not write, read and delete in the bucket ${bucket}`,
  ],
  [/^RequestTimeTooSkewed$/, () => 'the clock of this machine is wrong'],
  [
    /CERT|SELF_SIGNED|LEAF_SIGNATURE/,
    () => 'its certificate is signed by nobody that this machine trusts: name the authority with `ca`',
  ],
];

/** Puts the failure of a look at the store into a sentence for the operator; the error itself is its cause. */
export function explainS3Failure(error: unknown, place: BucketPlace): ProductError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const where = place.endpoint ?? `Amazon S3 in ${place.region}`;
  const signs = namesOf(cause);
  const known = REASONS.find(([pattern]) => signs.some((sign) => pattern.test(sign)));
  const sentence = known?.[1](place) ?? `it does not answer, or not as it should (${signs.join(', ')})`;
  return new ProductError('UNAVAILABLE', `the object storage at ${where} cannot be used: ${sentence}`, {
    cause: error,
  });
}

function namesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return error.name === 'Error' && code.length > 0 ? code : [...code, error.name];
}
