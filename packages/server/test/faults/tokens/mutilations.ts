import type { Forgery } from './forgeries.ts';
import { encode, encodeText, putTogether, signed, signedText, type TokenParts } from './token-parts.ts';

type NamedForgery = readonly [string, Forgery];

/** The registered claims, and ours. */
const CLAIMS = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'access', 'principal'];
const HEADER_FIELDS = ['alg', 'kid', 'typ'];
const OTHER_VALUES: readonly unknown[] = [null, '', 0, -1, 1e300, true, [], {}, '9999999999', [['x']]];
const OTHER_AUDIENCES = ['', 'other', 'token-service', 'HARBOR-REGISTRY', 'harbor-registry ', ['other'], []];
const OTHER_ISSUERS = ['', 'roadstead', 'roadstead/other', 'roadstead/main/', 'ROADSTEAD/MAIN', 'harbor-token-issuer'];
/** Of each 1,000 bytes of a part, in which one bit is turned. */
const FLIPS = Array.from({ length: 24 }, (_, index) => index * 42);
/** Of each 1,000 characters, how many are left. */
const CUTS = [0, 1, 10, 50, 100, 200, 300, 400, 500, 600, 700, 750, 800, 850, 900, 930, 950, 970, 980, 990, 995, 999];
const SURROUNDINGS: Readonly<Record<string, (token: string) => string>> = {
  'a character too many': (token) => `${token}A`,
  'a character before it': (token) => `A${token}`,
  'a dot behind it': (token) => `${token}.`,
  'a dot before it': (token) => `.${token}`,
  'the token twice': (token) => `${token}${token}`,
  'the token twice, with a dot': (token) => `${token}.${token}`,
  'upper case': (token) => token.toUpperCase(),
  'lower case': (token) => token.toLowerCase(),
  'its parts in another order': (token) => token.split('.').toReversed().join('.'),
  'its parts encoded once more': (token) => token.split('.').map(encodeText).join('.'),
};

/** Genuine tokens of which something was taken, turned, doubled or made something else. */
export const MUTILATIONS: readonly NamedForgery[] = [
  ...CUTS.map((share): NamedForgery => [`its first ${share}‰`, cut(share)]),
  ...[0, 1, 2].flatMap((part) => FLIPS.map((place): NamedForgery => [flipName(part, place), flip(part, place)])),
  ...CLAIMS.flatMap(doubleClaim),
  ...HEADER_FIELDS.map(doubleField),
  ...CLAIMS.flatMap((claim) => OTHER_VALUES.map((value) => withClaim(claim, value))),
  ...OTHER_AUDIENCES.flatMap((aud) => underBoth('aud', aud)),
  ...OTHER_ISSUERS.flatMap((iss) => underBoth('iss', iss)),
  ...Object.entries(SURROUNDINGS).map(
    ([name, change]): NamedForgery => [`with ${name}`, (genuine) => change(putTogether(genuine))],
  ),
];

/** What decodes to the same token, or is one by the mathematics of its signature: it may be refused, and gives no more than the genuine one. */
export const SAME_TOKENS: readonly NamedForgery[] = [
  ['the other signature (r, n − s)', withOtherSignature],
  ['other unused bits in the last character of the signature', withOtherUnusedBits],
];

/** The order of the curve P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function cut(share: number): Forgery {
  return (genuine) => {
    const token = putTogether(genuine);
    // Never the whole of it, and never so little that there is no token.
    return token.slice(0, Math.max(1, Math.min(token.length - 1, Math.floor((token.length * share) / 1_000))));
  };
}

function flipName(part: number, place: number): string {
  return `one bit of the ${['header', 'claims', 'signature'][part]} turned at ${place}‰`;
}

function flip(part: number, place: number): Forgery {
  return (genuine) => {
    const parts = putTogether(genuine).split('.');
    const bytes = Buffer.from(parts[part] ?? '', 'base64url');
    const at = Math.floor((bytes.length * place) / 1_000);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (place % 8));
    parts[part] = bytes.toString('base64url');
    return parts.join('.');
  };
}

/** What the forger would like to have in a claim. */
function wanted(claim: string, claims: TokenParts['claims'], scope: object): unknown {
  if (claim === 'access') return [scope];
  if (claim === 'principal') return { kind: 'user', id: 1, epoch: 1 };
  return typeof claims[claim] === 'number' ? 4_102_444_800 : claims[claim];
}

/** Before the genuine one, behind it, and behind it with an escape in its name; under the genuine signature and another. */
function doubleClaim(claim: string): readonly NamedForgery[] {
  const places: Readonly<Record<string, (text: string, value: string) => string>> = {
    'before it': (text, value) => `{"${claim}":${value},${text.slice(1)}`,
    'behind it': (text, value) => `${text.slice(0, -1)},"${claim}":${value}}`,
    'behind it, escaped': (text, value) =>
      `${text.slice(0, -1)},"\\u00${claim.charCodeAt(0).toString(16)}${claim.slice(1)}":${value}}`,
  };
  return Object.entries(places).flatMap(([place, write]): readonly NamedForgery[] => {
    const doubled = ({ claims }: TokenParts, scope: object) =>
      encodeText(write(JSON.stringify(claims), JSON.stringify(wanted(claim, claims, scope))));
    return [
      [
        `a second ${claim} ${place}, the genuine signature`,
        (genuine, _key, scope) => `${encode(genuine.header)}.${doubled(genuine, scope)}.${genuine.signature}`,
      ],
      [
        `a second ${claim} ${place}, a key of its own`,
        (genuine, key, scope) => signedText(encode(genuine.header), doubled(genuine, scope), key),
      ],
    ];
  });
}

function doubleField(field: string): NamedForgery {
  return [
    `a second ${field} in the header`,
    ({ header, claims, signature }) => {
      const text = `${JSON.stringify(header).slice(0, -1)},"${field}":${JSON.stringify(header[field])}}`;
      return `${encodeText(text)}.${encode(claims)}.${signature}`;
    },
  ];
}

function withClaim(claim: string, value: unknown): NamedForgery {
  return [
    `${claim} is ${JSON.stringify(value)}, a key of its own`,
    ({ header, claims }, key, scope) => signed(header, { ...claims, access: [scope], [claim]: value }, key),
  ];
}

function underBoth(claim: string, value: unknown): readonly NamedForgery[] {
  const name = `for the ${claim} ${JSON.stringify(value)}`;
  return [
    [
      `${name}, the genuine signature`,
      ({ header, claims, signature }) => putTogether({ header, claims: { ...claims, [claim]: value }, signature }),
    ],
    [
      `${name}, a key of its own`,
      ({ header, claims }, key, scope) => signed(header, { ...claims, access: [scope], [claim]: value }, key),
    ],
  ];
}

function withOtherSignature({ header, claims, signature }: TokenParts): string {
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${bytes.toString('hex', 32)}`);
  const other = (ORDER - s).toString(16).padStart(64, '0');
  return putTogether({
    header,
    claims,
    signature: Buffer.from(bytes.toString('hex', 0, 32) + other, 'hex').toString('base64url'),
  });
}

/** 64 bytes take 85 characters and two bits of the last one. */
function withOtherUnusedBits({ header, claims, signature }: TokenParts): string {
  const last = ALPHABET[ALPHABET.indexOf(signature.slice(-1)) ^ 1] ?? '';
  return putTogether({ header, claims, signature: signature.slice(0, -1) + last });
}
