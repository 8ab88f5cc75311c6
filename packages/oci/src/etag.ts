import type { Digest } from './digest.ts';

/** RFC 9110 §8.8.3. `value` without quotes. */
export interface EntityTag {
  readonly weak: boolean;
  readonly value: string;
}

/** A whole member of the list: nothing may be glued to a quoted tag. */
const ENTITY_TAG = /(?:^|,)[ \t]*(?:(W\/)?"([^"]*)"|([^\s,"]+))[ \t]*(?=,|$)/g;

/**
 * Reads If-Match, If-None-Match or If-Range (RFC 9110 §13.1). Bare words are taken for strong tags, since clients send
 * digests without quotes. What cannot be read is left out, so that it matches nothing.
 * @returns `*` only when that is all the header says.
 */
export function parseEntityTags(header: string): '*' | readonly EntityTag[] {
  if (header.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  for (const [, weak, quoted, bare] of header.matchAll(ENTITY_TAG)) {
    const value = quoted ?? bare;
    if (value !== undefined && value !== '') tags.push({ weak: weak !== undefined, value });
  }
  return tags;
}

/** The strong entity tag of content with this digest: the digest in quotes. */
export function formatEntityTag(digest: Digest): string {
  return `"${digest}"`;
}

/**
 * Whether a header names the current digest; `*` names any that exists.
 * @param digest undefined when nothing exists.
 * @param comparison a weak tag never matches in a strong comparison (RFC 9110 §8.8.3.2).
 */
export function matchesDigest(header: string, digest: Digest | undefined, comparison: 'strong' | 'weak'): boolean {
  if (digest === undefined) return false;
  const tags = parseEntityTags(header);
  if (tags === '*') return true;
  return tags.some((tag) => tag.value === digest && (comparison === 'weak' || !tag.weak));
}

/** Whether a request with this If-Match may go on (else 412). An absent header asks nothing. */
export function satisfiesIfMatch(header: string | null | undefined, digest: Digest | undefined): boolean {
  return header === undefined || header === null || matchesDigest(header, digest, 'strong');
}

/** Whether a request with this If-None-Match may go on (else 304 for GET and HEAD, 412 for others). */
export function satisfiesIfNoneMatch(header: string | null | undefined, digest: Digest | undefined): boolean {
  return header === undefined || header === null || !matchesDigest(header, digest, 'weak');
}
