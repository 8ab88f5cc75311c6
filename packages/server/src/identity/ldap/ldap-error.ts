/**
 * - `unavailable`: it cannot be reached, does not answer in time, says something that is not LDAP, or has too much work
 * - `insecure`: TLS could not be agreed on, or the certificate is not the right one
 * - `service-account-refused`: the account for searches may not sign in or may not search
 * - `misconfigured`: the directory does not know the base, or wants a way of signing in that is not configured
 */
export type LdapErrorKind = 'unavailable' | 'insecure' | 'service-account-refused' | 'misconfigured';

/** A directory did not do what it was asked to. The message is for whoever configures it; `cause` is for the log. */
export class LdapError extends Error {
  override readonly name = 'LdapError';
  readonly kind: LdapErrorKind;

  constructor(kind: LdapErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** The result code of an answer (RFC 4511 appendix A.1); undefined when it was no answer. */
export function findResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}
