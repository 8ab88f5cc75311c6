import { createPublicKey } from 'node:crypto';
import { base64url, SignJWT } from 'jose';
import { type WorkloadAttack, withHeader } from './attack.ts';
import type { AttackStage } from './attack-stage.ts';

/** Puts a token together by hand: what a library refuses to write. */
function craft(header: object, payload: object, signature = 'AAAA'): string {
  return `${base64url.encode(JSON.stringify(header))}.${base64url.encode(JSON.stringify(payload))}.${signature}`;
}

/** A right token with some of its parts exchanged. */
function swapping(
  name: string,
  parts: (token: readonly [string, string, string], stage: AttackStage) => readonly string[],
): WorkloadAttack {
  const make = async (stage: AttackStage) => {
    const [header = '', body = '', signature = ''] = (await stage.sign()).split('.');
    return parts([header, body, signature], stage).join('.');
  };
  return { name, make };
}

function hmac(name: string, keyOf: (stage: AttackStage) => string | Uint8Array, header: object = {}): WorkloadAttack {
  const make = (stage: AttackStage) => {
    const key = keyOf(stage);
    const secret = typeof key === 'string' ? new TextEncoder().encode(key) : key;
    return new SignJWT(stage.claimsOf()).setProtectedHeader({ alg: 'HS256', kid: 'first', ...header }).sign(secret);
  };
  return { name, make };
}

const withoutAlgorithm = (alg: unknown, signature?: string): WorkloadAttack => ({
  name: `the algorithm ${JSON.stringify(alg)}${signature === '' ? ' and no signature' : ''}`,
  make: (stage) => craft({ alg, kid: 'first', typ: 'JWT' }, stage.claimsOf(), signature),
});

const pemOf = (stage: AttackStage) =>
  createPublicKey({ key: stage.publishedKey(stage.issuer), format: 'jwk' }).export({ type: 'spki', format: 'pem' });

const ofRsaKey = (algorithm: string): WorkloadAttack => ({
  name: `a key of RS256 used for ${algorithm}`,
  make: async (stage) => {
    const key = await stage.keyFor('rsa', algorithm);
    return new SignJWT(stage.claimsOf()).setProtectedHeader({ alg: algorithm, kid: 'rsa' }).sign(key);
  },
});

const text = (name: string, header: string): WorkloadAttack => ({
  name,
  make: (stage) => stage.signText(JSON.stringify(stage.claimsOf()), header),
});

/** What comes of believing a token what it says of its own signature. */
export const HEADER_ATTACKS: readonly WorkloadAttack[] = [
  ...['none', 'None', 'NONE', 'nOnE', '', null, undefined, ['ES256'], 'es256'].map((alg) => withoutAlgorithm(alg)),
  withoutAlgorithm('none', ''),
  hmac('HMAC with the public key as it is published', (stage) => JSON.stringify(stage.publishedKey(stage.issuer))),
  hmac('HMAC with the public key as PEM', (stage) => pemOf(stage).toString()),
  hmac('HMAC with the name of the key', () => 'first'),
  hmac('HMAC with a secret that was published', (stage) => stage.publishedSecret, { kid: 'symmetric' }),
  swapping('another algorithm than the key’s', ([, body, signature]) => {
    return [base64url.encode('{"alg":"RS256","kid":"first"}'), body, signature];
  }),
  ...['PS256', 'RS384', 'RS512'].map(ofRsaKey),
  {
    name: 'a key in the header (jwk)',
    make: (stage) => stage.stranger.sign(stage.claimsOf(), { jwk: stage.publishedKey(stage.stranger) as never }),
  },
  {
    name: 'the address of keys in the header (jku)',
    make: (stage) => stage.stranger.sign(stage.claimsOf(), { jku: `${stage.stranger.issuer}/jwks` }),
  },
  {
    name: 'the address of a certificate in the header (x5u)',
    make: (stage) => stage.stranger.sign(stage.claimsOf(), { x5u: `${stage.stranger.issuer}/x5u` }),
  },
  {
    name: 'a certificate in the header (x5c)',
    make: (stage) => {
      const certificate = stage.stranger.certificatePem.replaceAll(/-----[^-]+-----|\s/g, '');
      return stage.stranger.sign(stage.claimsOf(), { x5c: [certificate] });
    },
  },
  text('critical extensions (b64)', '{"alg":"ES256","kid":"first","crit":["b64"],"b64":true}'),
  text('critical extensions (exp)', '{"alg":"ES256","kid":"first","crit":["exp"],"exp":1}'),
  text('no critical extension', '{"alg":"ES256","kid":"first","crit":[]}'),
  text('an algorithm twice', '{"alg":"none","alg":"ES256","kid":"first"}'),
  text('a key id twice', '{"alg":"ES256","kid":"unpublished","kid":"first"}'),
  text('a header that is a list', '[{"alg":"ES256","kid":"first"}]'),
  text('a header with a comma too many', '{"alg":"ES256","kid":"first",}'),
  ...['at+jwt', 'application/at+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JWE', '', null, ['JWT']].map((typ) =>
    text(`the type ${JSON.stringify(typ)}`, JSON.stringify({ alg: 'ES256', kid: 'first', typ })),
  ),
  withHeader('no key id where there are several', () => ({ kid: undefined })),
  ...['../../first', 'First', 'first ', 'first\0', '__proto__', 'constructor', "' or '1'='1", '0', '*'].map((kid) =>
    withHeader(`the key id ${JSON.stringify(kid)}`, () => ({ kid })),
  ),
  withHeader('a key id that is an address', (stage) => ({ kid: `${stage.stranger.issuer}/jwks#first` })),
  ...[1, 0, null, '', ['first'], { first: 'first' }, 'k'.repeat(1024)].map((kid) =>
    text(`the key id ${JSON.stringify(kid).slice(0, 40)}`, JSON.stringify({ alg: 'ES256', kid })),
  ),
  swapping('a signature of another token', ([header, , signature], stage) => {
    return [header, base64url.encode(JSON.stringify(stage.claimsOf({ jti: 'x' }))), signature];
  }),
  swapping('no signature', ([header, body]) => [header, body, '']),
  swapping('a signature of zeros', ([header, body]) => [header, body, base64url.encode(new Uint8Array(64))]),
  swapping('a signature of ones', ([header, body]) => [header, body, base64url.encode(new Uint8Array(64).fill(255))]),
  swapping('half a signature', ([header, body, signature]) => [header, body, signature.slice(0, 43)]),
  swapping('two parts', ([header, body]) => [header, body]),
  swapping('four parts', (parts) => [...parts, 'x']),
  swapping('five parts', ([header, body, signature]) => [header, '', body, signature, 'x']),
  swapping('a line end after it', ([header, body, signature]) => [header, body, `${signature}\n`]),
  swapping('a space before it', ([header, body, signature]) => [` ${header}`, body, signature]),
  swapping('padding', ([header, body, signature]) => [header, body, `${signature}==`]),
  swapping('other letters for base64', ([header, body, signature]) => [header, `${body}+/`, signature]),
];
