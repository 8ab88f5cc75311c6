/** What an `Authorization: Basic` header carries. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

const BASIC = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;

/**
 * Reads an Authorization header (RFC 7617, UTF-8).
 * @returns undefined when the header is of another scheme or malformed
 */
export function parseBasicCredentials(header: string): BasicCredentials | undefined {
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
