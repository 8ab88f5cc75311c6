import { type Digest, OciError, satisfiesIfMatch, satisfiesIfNoneMatch } from '@roadstead/oci';

/** The request's If-Match and If-None-Match, judged at the moment of the write (invariant 7; RFC 9110 §13.1). */
export interface PushConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/**
 * @param current what is about to be written: how to call it, and its digest now, if it exists
 * @throws OciError PRECONDITION_FAILED
 */
export function assertConditions(
  { ifMatch, ifNoneMatch }: PushConditions,
  current: {
    readonly what: string;
    readonly subject: Readonly<Record<string, string>>;
    readonly digest: Digest | undefined;
  },
): void {
  const { what, subject, digest } = current;
  if (satisfiesIfMatch(ifMatch, digest) && satisfiesIfNoneMatch(ifNoneMatch, digest)) return;
  const now = digest === undefined ? 'does not exist' : `is at ${digest}`;
  throw new OciError('PRECONDITION_FAILED', `${what} ${now}, which your condition excludes: nothing was changed.`, {
    detail: { ...subject, current: digest ?? null },
  });
}
