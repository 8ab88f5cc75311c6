import { createHmac, type KeyObject, sign } from 'node:crypto';

/** A token taken apart. */
export interface TokenParts {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  readonly signature: string;
}

export function takeApart(token: string): TokenParts {
  const [header = '', claims = '', signature = ''] = token.split('.');
  return { header: decode(header), claims: decode(claims), signature };
}

export function putTogether({ header, claims, signature }: TokenParts): string {
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

export function encode(value: object): string {
  return encodeText(JSON.stringify(value));
}

export function encodeText(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}

export function signed(header: object, claims: object, key: KeyObject): string {
  return signedText(encode(header), encode(claims), key);
}

/** @param header already encoded, as `claims` is */
export function signedText(header: string, claims: string, key: KeyObject): string {
  const input = `${header}.${claims}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

export function hmac(header: { readonly alg: string }, claims: object, secret: string): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac(`sha${header.alg.slice(2)}`, secret)
    .update(input)
    .digest('base64url')}`;
}
