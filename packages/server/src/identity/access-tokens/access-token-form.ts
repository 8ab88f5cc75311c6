import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Ids } from '../../kernel/ids.ts';

/** Tells secret scanners what they found. */
export const ACCESS_TOKEN_PREFIX = 'roadstead_pat_';
const FORM = /^(roadstead_pat_[A-Za-z0-9_-]{43})([0-9A-Za-z]{6})$/;
const CHECKSUM_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LENGTH = 6;

/** @returns the prefix, 256 random bits in base64url, and a checksum by which a scanner tells a token from noise */
export function generateAccessToken(ids: Pick<Ids, 'secret'>): string {
  const body = `${ACCESS_TOKEN_PREFIX}${ids.secret()}`;
  return `${body}${checksumOf(body)}`;
}

/** Whether the text is of the form of a token, checksum included: nobody's password is. */
export function isAccessToken(text: string): boolean {
  const [, body, checksum] = FORM.exec(text) ?? [];
  return body !== undefined && checksum === checksumOf(body);
}

/** 256 random bits need no slow hash. */
export function hashAccessToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** CRC-32 (IEEE) of what stands before it, in base 62, six digits. */
function checksumOf(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    digits = `${CHECKSUM_DIGITS[rest % CHECKSUM_DIGITS.length]}${digits}`;
    rest = Math.floor(rest / CHECKSUM_DIGITS.length);
  }
  return digits;
}
