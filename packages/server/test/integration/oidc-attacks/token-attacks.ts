import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, generateKeyPair, importJWK, type JWTHeaderParameters } from 'jose';
import { CLIENT_ID, CLIENT_SECRET } from '../../support/start-oidc-provider.ts';
import type { Attack } from './attack.ts';
import type { AttackStage } from './attack-stage.ts';
import type { EvilAnswer, EvilProvider, Fields } from './evil-provider.ts';

/** A token endpoint that answers so, when the sign-in has begun. */
const endpoint = (name: string, answer: (evil: EvilProvider) => Promise<EvilAnswer> | EvilAnswer): Attack => ({
  name: `token endpoint: ${name}`,
  make: async (stage) => {
    const under = await stage.begin();
    stage.evil.token = async () => answer(stage.evil);
    return stage.callback(under);
  },
});

/** An ID token that is right but for these claims. */
const claims = (name: string, change: (stage: AttackStage) => Fields): Attack => ({
  name: `ID token: ${name}`,
  make: async (stage) => {
    const under = await stage.begin();
    stage.claim(change(stage));
    return stage.callback(under);
  },
});

/** An ID token that is written otherwise. */
const written = (name: string, write: (evil: EvilProvider) => Promise<string> | string): Attack => ({
  name: `ID token: ${name}`,
  make: async (stage) => {
    const under = await stage.begin();
    stage.evil.giveToken(await write(stage.evil));
    return stage.callback(under);
  },
});

const seconds = () => Math.floor(Date.now() / 1000);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function hmac(evil: EvilProvider, key: string | Buffer): string {
  const text = `${encode({ alg: 'HS256', kid: 'first', typ: 'JWT' })}.${encode(evil.claims())}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

async function withOtherKey(evil: EvilProvider, header: Partial<JWTHeaderParameters>, algorithm = 'RS256') {
  const { privateKey } = await generateKeyPair(algorithm);
  return evil.sign(evil.claims(), { alg: algorithm, ...header }, privateKey);
}

const SIGNATURES: readonly Attack[] = [
  written('without a signature (alg none)', (evil) => `${encode({ alg: 'none' })}.${encode(evil.claims())}.`),
  written('without a signature (alg NONE)', (evil) => `${encode({ alg: 'NONE' })}.${encode(evil.claims())}.`),
  written('its signature left out', async (evil) => (await evil.sign(evil.claims())).replace(/[^.]+$/, '')),
  written('its signature cut', async (evil) => (await evil.sign(evil.claims())).slice(0, -20)),
  written('HS256 under the client secret', (evil) => hmac(evil, CLIENT_SECRET)),
  written('HS256 under the public key', async (evil) => {
    const key = (await importJWK(evil.publicKey, 'RS256', { extractable: true })) as CryptoKey;
    return hmac(evil, await exportSPKI(key));
  }),
  written('HS256 under nothing', (evil) => hmac(evil, '')),
  written('another key of the same name', (evil) => withOtherKey(evil, { kid: 'first' })),
  written('another key of another name', (evil) => withOtherKey(evil, { kid: 'second' })),
  written('another key, which it brings along', async (evil) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await (await import('jose')).exportJWK(publicKey);
    return evil.sign(evil.claims(), { kid: 'first', jwk } as Partial<JWTHeaderParameters>, privateKey);
  }),
  written('another key, at an address that it names', (evil) =>
    withOtherKey(evil, { kid: 'first', jku: `${evil.issuer}/jwks` }),
  ),
  written('another algorithm', (evil) => withOtherKey(evil, { kid: 'first' }, 'ES256')),
  written('claims that were changed after it was signed', async (evil) => {
    const [header, , signature] = (await evil.sign(evil.claims())).split('.');
    return `${header}.${encode(evil.claims({ sub: 'administrator' }))}.${signature}`;
  }),
  written('what must be understood and is not (crit)', (evil) =>
    evil.sign(evil.claims(), { crit: ['exp'], exp: 1 } as Partial<JWTHeaderParameters>).catch(() => 'e30.e30.e30'),
  ),
  written('five parts', () => 'e30.e30.e30.e30.e30'),
  written('no JSON', () => 'AAAA.AAAA.AAAA'),
];

const CLAIMS: readonly Attack[] = [
  claims('no nonce', () => ({ nonce: undefined })),
  claims('an empty nonce', () => ({ nonce: '' })),
  claims('a nonce of another sign-in', () => ({ nonce: 'C'.repeat(43) })),
  claims('a nonce that is a list', ({ evil }) => ({ nonce: [evil.nonce] })),
  claims('a nonce that is a number', () => ({ nonce: 7 })),
  claims('another issuer', () => ({ iss: 'https://id.example' })),
  claims('the issuer with a slash at the end', ({ evil }) => ({ iss: `${evil.issuer}/` })),
  claims('the issuer in upper case', ({ evil }) => ({ iss: evil.issuer.toUpperCase() })),
  claims('the other provider as issuer', ({ other }) => ({ iss: other.issuer })),
  claims('no issuer', () => ({ iss: undefined })),
  claims('another audience', () => ({ aud: 'another' })),
  claims('no audience', () => ({ aud: undefined })),
  claims('a list of other audiences', () => ({ aud: ['a', 'b'] })),
  claims('an audience that only begins like ours', () => ({ aud: `${CLIENT_ID}-2` })),
  claims('several audiences, and nobody it was made for', () => ({ aud: [CLIENT_ID, 'another'] })),
  claims('several audiences, made for another', () => ({ aud: [CLIENT_ID, 'another'], azp: 'another' })),
  claims('our audience, made for another', () => ({ azp: 'another' })),
  claims('made for a list', () => ({ azp: [CLIENT_ID] })),
  claims('over', () => ({ exp: seconds() - 120 })),
  claims('over for years', () => ({ exp: 1, iat: 0 })),
  claims('no end', () => ({ exp: undefined })),
  claims('an end that is a text', () => ({ exp: String(seconds() + 300) })),
  claims('made in the future', () => ({ iat: seconds() + 3_600, exp: seconds() + 7_200 })),
  claims('no instant at which it was made', () => ({ iat: undefined })),
  claims('not valid yet', () => ({ nbf: seconds() + 3_600 })),
  claims('no subject', () => ({ sub: undefined })),
  claims('an empty subject', () => ({ sub: '' })),
  claims('a subject that is a number', () => ({ sub: 7 })),
  claims('a subject that is a list', () => ({ sub: ['person'] })),
  claims('a subject that is null', () => ({ sub: null })),
  claims('a subject with a NUL', () => ({ sub: 'person\0' })),
  claims('a subject with half a character', () => ({ sub: 'person\ud800' })),
  claims('a huge subject', () => ({ sub: 'x'.repeat(10_000) })),
];

const ENDPOINT: readonly Attack[] = [
  endpoint('the code is void', () => ({ status: 400, body: { error: 'invalid_grant' } })),
  endpoint('a failure', () => ({ status: 500, body: 'oh' })),
  endpoint('a page', () => ({ body: '<html>', headers: { 'content-type': 'text/html' } })),
  endpoint('a redirect', (evil) => ({ status: 302, body: '', headers: { location: `${evil.issuer}/jwks` } })),
  endpoint('an empty object', () => ({ body: {} })),
  endpoint('a list', () => ({ body: [] })),
  endpoint('null', () => ({ body: 'null' })),
  endpoint('no ID token', (evil) => ({ body: evil.tokenAnswer(undefined) })),
  endpoint('an ID token that is a number', (evil) => ({ body: evil.tokenAnswer(7) })),
  endpoint('an empty ID token', (evil) => ({ body: evil.tokenAnswer('') })),
  endpoint('no access token', async (evil) => ({
    body: evil.tokenAnswer(await evil.sign(evil.claims()), { access_token: undefined }),
  })),
  endpoint('an unknown type of token', async (evil) => ({
    body: evil.tokenAnswer(await evil.sign(evil.claims()), { token_type: 'mac' }),
  })),
  endpoint('an endless answer', () => ({ body: `{"id_token":"${'x'.repeat(3 * 1024 * 1024)}"}` })),
  endpoint('an answer that ends in the middle', () => (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"id_token":');
    setTimeout(() => response.destroy(), 50);
  }),
  endpoint('no answer', () => () => undefined),
];

/** What a provider answers to the code. */
export const TOKEN_ATTACKS: readonly Attack[] = [...SIGNATURES, ...CLAIMS, ...ENDPOINT];
