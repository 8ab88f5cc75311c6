import { createHash } from 'node:crypto';

const MD5 = /^[0-9a-f]{32}$/;

/** Some answers have a tag in quotes, and others of the same store have not. */
export function unquoted(etag: string): string {
  return etag.replaceAll('"', '');
}

/**
 * The tag that an object of these parts has: the MD5 of their MD5s, and their number.
 * @returns undefined where the tags of the parts are something else, as with some ways of encryption
 */
export function tagOfParts(etags: readonly string[]): string | undefined {
  const sums = etags.map(unquoted);
  if (!sums.every((sum) => MD5.test(sum))) return undefined;
  const sum = createHash('md5').update(Buffer.from(sums.join(''), 'hex'));
  return `${sum.digest('hex')}-${sums.length}`;
}
