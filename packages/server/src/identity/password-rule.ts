import { ProductError } from '../kernel/errors.ts';

const MIN_LENGTH = 8;
const MAX_LENGTH = 128;

/** Passwords that the rule would allow, or that people try first; compared in lower case. */
const REFUSED: ReadonlySet<string> = new Set([
  'harbor12345',
  'admin',
  'password',
  'password1',
  'passw0rd',
  'admin123',
  'admin12345',
]);

export const PASSWORD_RULE = `a password has ${MIN_LENGTH} to ${MAX_LENGTH} characters with at least one upper-case letter, one lower-case letter and one digit, and is not a well-known one`;

/**
 * Harbor's rule, and no password that everybody knows.
 * @throws ProductError BAD_REQUEST that states the rule, never the password.
 */
export function assertGoodPassword(password: string, username: string): void {
  const length = [...password].length;
  const good =
    length >= MIN_LENGTH &&
    length <= MAX_LENGTH &&
    /\p{Lu}/u.test(password) &&
    /\p{Ll}/u.test(password) &&
    /\p{Nd}/u.test(password) &&
    !REFUSED.has(password.toLowerCase()) &&
    password.toLowerCase() !== username.toLowerCase();
  if (!good) throw new ProductError('BAD_REQUEST', `this password is not accepted: ${PASSWORD_RULE}`);
}
