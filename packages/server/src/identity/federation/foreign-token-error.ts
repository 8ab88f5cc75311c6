/** What is wrong with a token of somebody else. */
export type ForeignTokenFault =
  | 'malformed'
  | 'algorithm'
  | 'key'
  | 'keys-unavailable'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'lifetime'
  | 'untrusted-issuer'
  | 'no-rule';

/** A token of another issuer that is refused. The message is for whoever wrote the rule; it never quotes the token. */
export class ForeignTokenError extends Error {
  override readonly name = 'ForeignTokenError';
  readonly fault: ForeignTokenFault;

  constructor(fault: ForeignTokenFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}
