import { ProductError } from '../../kernel/errors.ts';

const MAX_LENGTH = 2_048;
/** What browsers take for another host begins with two slashes or backslashes; they also drop tabs and line ends within. */
const LOCAL = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/;

/**
 * Where a browser goes after it has signed in: a path of this server and nothing else.
 * @returns `/` when nothing is said
 * @throws ProductError BAD_REQUEST
 */
export function readLocalPath(text: string | undefined): string {
  if (text === undefined || text === '') return '/';
  const isWritten = text.length <= MAX_LENGTH && LOCAL.test(text);
  // `/.//elsewhere` is `//elsewhere` once it is resolved.
  if (isWritten && !new URL(text, 'https://local.invalid').pathname.startsWith('//')) return text;
  throw new ProductError('BAD_REQUEST', 'redirect_url must be a path of this server, such as /projects');
}
