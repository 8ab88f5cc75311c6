import { ProductError } from './errors.ts';

/** Who a mail is from. */
export interface Sender {
  /** Shown in front of the address; empty: the address alone. */
  readonly name: string;
  readonly address: string;
}

const MAX_ADDRESS_CHARACTERS = 254;
const MAX_LOCAL_CHARACTERS = 64;
const MAX_NAME_CHARACTERS = 100;
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const ADDRESS = new RegExp(`^${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})*$`);
/** Line ends and everything else that is not to be seen. */
const UNREADABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * Whether mail can be sent there: a dot-atom and a host name in ASCII (RFC 5321 § 4.1.2). Quoted parts and address literals are
 * left out, which nobody has and which parsers disagree about.
 */
export function isMailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS_CHARACTERS && text.lastIndexOf('@') <= MAX_LOCAL_CHARACTERS && ADDRESS.test(text);
}

/** @throws ProductError VALIDATION */
export function assertMailAddress(field: string, text: unknown): asserts text is string {
  if (typeof text === 'string' && isMailAddress(text)) return;
  throw new ProductError('VALIDATION', `${field} must be an e-mail address such as registry@example.com`);
}

/** What stands in a header: one line of visible characters. @throws ProductError VALIDATION */
export function assertHeaderText(field: string, text: unknown): asserts text is string {
  if (typeof text === 'string' && text.length <= MAX_NAME_CHARACTERS && !UNREADABLE.test(text)) return;
  throw new ProductError(
    'VALIDATION',
    `${field} must be one line of at most ${MAX_NAME_CHARACTERS} visible characters`,
  );
}
