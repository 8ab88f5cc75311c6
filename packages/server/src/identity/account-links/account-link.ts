import { createHash } from 'node:crypto';

/** What a link in a mail opens. Both let their holder choose a password. */
export type LinkPurpose = 'password-reset' | 'invitation';

const HOUR_MS = 3_600_000;

/** How long a link is good, in milliseconds. */
export const LINK_LIFE_MS: Readonly<Record<LinkPurpose, number>> = {
  'password-reset': HOUR_MS,
  invitation: 7 * 24 * HOUR_MS,
};

const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;

/** Whether a text has the form of a link's token: 256 bits in base64url. */
export function isLinkToken(text: string): boolean {
  return TOKEN_FORM.test(text);
}

/** 256 random bits need no slow hash. */
export function hashLinkToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Where the token of a link rests sealed. */
export function linkTokenPlaceOf(linkId: string): string {
  return `account_links|${linkId}|token`;
}

/** Where what somebody typed rests sealed. */
export function identifierPlaceOf(requestId: string): string {
  return `password_reset_requests|${requestId}|identifier`;
}
