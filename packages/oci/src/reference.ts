import type { Digest, DigestAlgorithm } from './digest.ts';
import { createDigest, digestAlgorithm, digestHex, parseDigest } from './digest.ts';
import { OciError } from './errors.ts';
import { quoteForMessage } from './quote-for-message.ts';

const TAG_FORM = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** What follows `/manifests/` in a path. */
export type Reference =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest };

export function isTag(text: string): boolean {
  return TAG_FORM.test(text);
}

/** @throws OciError TAG_INVALID */
export function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new OciError(
    'TAG_INVALID',
    `${quoteForMessage(text)} is not a tag: up to 128 letters, digits, "_", "." and "-", not beginning with "." or "-".`,
  );
}

/**
 * A colon cannot stand in a tag, so what holds one is a digest.
 * @throws OciError DIGEST_INVALID or TAG_INVALID
 */
export function parseReference(text: string): Reference {
  if (text.includes(':')) return { kind: 'digest', digest: parseDigest(text) };
  return { kind: 'tag', tag: parseTag(text) };
}

const MAX_FALLBACK_ENCODED_LENGTH = 64;

/**
 * The tag under which clients keep the referrers of a digest on registries without the referrers API
 * (distribution spec § Referrers Tag Schema): the algorithm cut to 32 characters and the encoded part cut to 64. Neither
 * part of a supported digest holds a character that a tag may not hold, so nothing is left to replace.
 */
export function referrersFallbackTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, MAX_FALLBACK_ENCODED_LENGTH)}`;
}

/** What a fallback tag says about the manifest that it is about. */
export interface FallbackTag {
  readonly algorithm: DigestAlgorithm;
  /** The whole hash for sha256, the first 64 of 128 digits for sha512. */
  readonly hexPrefix: string;
  /** The subject, where the tag holds all of it (sha256). */
  readonly digest?: Digest;
  /** What cosign appends, without its dot: `sig`, `att`, `sbom`. */
  readonly suffix?: string;
}

const FALLBACK_TAG_FORM = /^(sha256|sha512)-([0-9a-f]{64})(?:\.([a-z0-9]{1,32}))?$/;

/** Reads a tag of the referrers tag schema, with or without cosign's ending; undefined for any other tag. */
export function parseFallbackTag(tag: string): FallbackTag | undefined {
  const [, algorithmText, hexPrefix, suffix] = FALLBACK_TAG_FORM.exec(tag) ?? [];
  if (algorithmText === undefined || hexPrefix === undefined) return undefined;
  const algorithm: DigestAlgorithm = algorithmText === 'sha256' ? 'sha256' : 'sha512';
  return {
    algorithm,
    hexPrefix,
    ...(algorithm === 'sha256' ? { digest: createDigest(algorithm, hexPrefix) } : {}),
    ...(suffix === undefined ? {} : { suffix }),
  };
}
