/** A receiver that did not take what it was sent. The message is for who looks after the instance; `cause` is for the log. */
export class ForwardingError extends Error {
  override readonly name = 'ForwardingError';
}
