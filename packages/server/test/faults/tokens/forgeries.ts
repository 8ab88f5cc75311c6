import { type KeyObject, sign } from 'node:crypto';
import { encode, encodeText, hmac, signed, type TokenParts } from './token-parts.ts';

/** Makes a token out of a genuine one that gives nothing, for the right to read the private repository. */
export type Forgery = (genuine: TokenParts, key: KeyObject, scope: Record<string, unknown>) => string;

const ALGORITHMS_WITHOUT_SIGNATURE = ['none', 'None', 'NONE', 'nOnE', '', 'null'];
const KEY_IDS = [
  ...[
    '../../../../dev/null',
    '/dev/null',
    '..',
    '',
    'x',
    "' or 1=1--",
    '__proto__',
    'constructor',
    '\u0000',
    'http://evil.example/key',
  ],
  // As the registry's own are formed.
  ...['0'.repeat(32), 'f'.repeat(32), '0123456789abcdef0123456789abcdef'],
  ...['a'.repeat(5_000), '*', '%', '\x24{jndi:ldap://evil}', 'file:///etc/passwd', '|id'],
];
const KEY_HEADERS: readonly Readonly<Record<string, unknown>>[] = [
  { jku: 'http://evil.example/jwks.json' },
  { x5u: 'http://evil.example/cert.pem' },
  { x5c: ['MIIB'] },
  { x5t: 'AAAA' },
  { crit: ['exp'] },
  { crit: ['b64'], b64: false },
  { b64: false },
  { zip: 'DEF' },
  { enc: 'A256GCM' },
  { cty: 'JWT' },
];

/** Whom a token may be made to speak for: its holder is nobody. */
const PRINCIPALS: readonly Readonly<Record<string, unknown>>[] = [
  ...[1, 2, 999].flatMap((id) =>
    [1, 2].flatMap((epoch) => [
      { kind: 'user', id, epoch },
      { kind: 'robot', id, epoch },
      { kind: 'access-token', id, userId: 1, epoch },
    ]),
  ),
  { kind: 'system', name: 'reclaim' },
  { kind: 'workload', issuer: 'https://evil.example', subject: 'x' },
  { kind: ['user'], id: 1, epoch: 1 },
  { kind: 'robot', id: '1', epoch: 1 },
  { kind: 'access-token', id: 1, userId: '1', epoch: 1 },
  { kind: '__proto__', id: 1, epoch: 1 },
];

const FORGERIES: Readonly<Record<string, Forgery>> = {
  'other claims under the genuine signature': ({ header, claims, signature }, _key, scope) =>
    `${encode(header)}.${encode({ ...claims, access: [scope] })}.${signature}`,
  'the genuine token without its signature': ({ header, claims }) => `${encode(header)}.${encode(claims)}.`,
  'the genuine token in two parts': ({ header, claims }) => `${encode(header)}.${encode(claims)}`,
  'the genuine token in four parts': ({ header, claims, signature }) =>
    `${encode(header)}.${encode(claims)}.${signature}.${signature}`,
  'the genuine token in five parts (JWE)': ({ header, claims, signature }) =>
    `${encode(header)}.${signature}.${encode(claims)}.${signature}.${signature}`,
  'a signature of zeros (r = s = 0)': ({ header, claims }, _key, scope) =>
    `${encode(header)}.${encode({ ...claims, access: [scope] })}.${Buffer.alloc(64).toString('base64url')}`,
  'a signature in DER': ({ header, claims }, key, scope) => {
    const input = `${encode(header)}.${encode({ ...claims, access: [scope] })}`;
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  },
  'a key of its own under the genuine id': ({ header, claims }, key, scope) =>
    signed(header, { ...claims, access: [scope] }, key),
  'a key of its own in the header (jwk)': ({ header, claims }, key, scope) =>
    signed({ ...header, jwk: key.export({ format: 'jwk' }) }, { ...claims, access: [scope] }, key),
  'a key of its own without an id': ({ header: { kid: _kid, ...header }, claims }, key, scope) =>
    signed(header, { ...claims, access: [scope] }, key),
  'a key of its own, for a day in the past': ({ header, claims }, key, scope) =>
    signed(header, { ...claims, access: [scope], exp: 1, nbf: 0, iat: 0 }, key),
  'a key of its own, without an end': ({ header, claims: { exp: _exp, ...claims } }, key, scope) =>
    signed(header, { ...claims, access: [scope] }, key),
  'a key of its own, for two audiences': ({ header, claims }, key, scope) =>
    signed(header, { ...claims, access: [scope], aud: ['harbor-registry', 'x'] }, key),
  'a header that is no JSON': ({ claims, signature }) => `${encodeText('{alg')}.${encode(claims)}.${signature}`,
  'claims that are no JSON': ({ header, signature }) => `${encode(header)}.${encodeText('{')}.${signature}`,
  'claims that are an array': ({ header, signature }) => `${encode(header)}.${encodeText('[]')}.${signature}`,
  'a header with alg twice': ({ claims, signature }) =>
    `${encodeText('{"alg":"ES256","alg":"none"}')}.${encode(claims)}.${signature}`,
  'standard base64': ({ header, claims, signature }) => `${encode(header)}==.${encode(claims)}=.${signature}==`,
  'three dots': () => '...',
  'one dot': () => '.',
  'a word': () => 'x',
  '15,000 characters': () => 'a'.repeat(15_000),
  '15,000 dots': () => '.'.repeat(15_000),
};

/** Tokens that this registry did not sign as they are, by what is wrong with them. */
export const FORGED: readonly (readonly [string, Forgery])[] = [
  ...Object.entries(FORGERIES),
  ...ALGORITHMS_WITHOUT_SIGNATURE.flatMap((alg): [string, Forgery][] => [
    [
      `alg ${JSON.stringify(alg)}, no signature`,
      ({ header, claims }, _key, scope) => `${encode({ ...header, alg })}.${encode({ ...claims, access: [scope] })}.`,
    ],
    [
      `alg ${JSON.stringify(alg)}, the genuine signature`,
      ({ header, claims, signature }, _key, scope) =>
        `${encode({ ...header, alg })}.${encode({ ...claims, access: [scope] })}.${signature}`,
    ],
  ]),
  ...PRINCIPALS.flatMap((principal): [string, Forgery][] => [
    [
      `for ${JSON.stringify(principal)}, the genuine signature`,
      ({ header, claims, signature }, _key, scope) =>
        `${encode(header)}.${encode({ ...claims, principal, access: [scope] })}.${signature}`,
    ],
    [
      `for ${JSON.stringify(principal)}, a key of its own`,
      ({ header, claims }, key, scope) => signed(header, { ...claims, principal, access: [scope] }, key),
    ],
  ]),
  ...['HS256', 'HS384', 'HS512'].flatMap((alg) =>
    ['', 'secret', 'harbor-registry', 'kid'].map((secret): [string, Forgery] => [
      `${alg} with the secret ${JSON.stringify(secret)}`,
      ({ header, claims }, _key, scope) =>
        hmac({ ...header, alg }, { ...claims, access: [scope] }, secret === 'kid' ? String(header['kid']) : secret),
    ]),
  ),
  ...['RS256', 'PS256', 'ES384', 'ES512', 'EdDSA', 'ES256K', 'dir'].map((alg): [string, Forgery] => [
    `alg ${alg}`,
    ({ header, claims }, key, scope) => signed({ ...header, alg }, { ...claims, access: [scope] }, key),
  ]),
  ...KEY_IDS.map((kid): [string, Forgery] => [
    `kid ${JSON.stringify(kid.slice(0, 30))}`,
    ({ header, claims }, key, scope) => signed({ ...header, kid }, { ...claims, access: [scope] }, key),
  ]),
  ...KEY_HEADERS.map((fields): [string, Forgery] => [
    `with ${Object.keys(fields).join(' and ')}`,
    ({ header, claims }, key, scope) => signed({ ...header, ...fields }, { ...claims, access: [scope] }, key),
  ]),
  ...KEY_HEADERS.map((fields): [string, Forgery] => [
    `genuine, with ${Object.keys(fields).join(' and ')} added`,
    ({ header, claims, signature }) => `${encode({ ...header, ...fields })}.${encode(claims)}.${signature}`,
  ]),
];
