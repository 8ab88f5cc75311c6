/** A mail was not taken; the message is for who looks after the instance. */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** Whether another try would not mend it: the server has refused for good (RFC 5321 § 4.2.1: 5yz). */
  readonly isFinal: boolean;

  constructor(message: string, options: { readonly cause?: unknown; readonly isFinal: boolean }) {
    super(message, { cause: options.cause });
    this.isFinal = options.isFinal;
  }
}
