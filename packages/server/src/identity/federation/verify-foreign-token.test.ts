import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForeignIssuer } from '../../../test/support/foreign-issuer.ts';
import { createEgressGuard, type EgressGuard } from '../../kernel/egress-guard.ts';
import { parseForeignKeys } from './foreign-keys.ts';
import { ForeignTokenError, type ForeignTokenFault } from './foreign-token-error.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { verifyForeignToken } from './verify-foreign-token.ts';

const AUDIENCE = 'https://registry.test';
const NOW_SECONDS = 1_800_000_000;
const GITHUB_SUBJECT = 'repo:octo-org/octo-repo:ref:refs/heads/main';

let issuer: ForeignIssuer;
let guard: EgressGuard;
let keys: IssuerKeys;

beforeAll(async () => {
  issuer = new ForeignIssuer();
  await issuer.open();
  const kinds = ['RS256', 'PS256', 'ES384', 'EdDSA'];
  const first = (issuer.documents.get('/jwks') as { readonly keys: readonly object[] }).keys;
  const others = await Promise.all(kinds.map((kind) => issuer.createKey(kind, kind)));
  await issuer.createKey('unpublished', 'ES256');
  const twins = [await issuer.createKey('twin', 'ES256'), await issuer.createKey('twin', 'ES256')];
  issuer.publish([...first, ...others, ...twins] as never);
  guard = createEgressGuard({
    allow: ['127.0.0.1/32'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    certificateAuthorities: [issuer.certificatePem],
  });
  keys = new IssuerKeys({ guard, clock: { now: () => NOW_SECONDS * 1000 }, plainHttpHosts: [] });
});

afterAll(async () => {
  await guard.close();
  await issuer.close();
});

/** As GitHub writes them. */
function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    jti: '6a1a54b5-8bd4-4a0c-9d6a-0a2f7cf2a0bd',
    sub: GITHUB_SUBJECT,
    aud: AUDIENCE,
    iss: issuer.issuer,
    iat: NOW_SECONDS - 10,
    nbf: NOW_SECONDS - 310,
    exp: NOW_SECONDS + 290,
    repository: 'octo-org/octo-repo',
    ref: 'refs/heads/main',
    environment: 'production',
    ...changes,
  };
}

function verify(token: string, of = issuer.issuer) {
  const findKeys = (keyId: string | undefined) => keys.find(of, keyId);
  return verifyForeignToken(token, { issuer: of, audience: AUDIENCE, now: NOW_SECONDS * 1000, findKeys });
}

/** Puts a token together by hand: what a library refuses to write. */
function craft(header: string, payload: string, signature = 'AAAA'): string {
  return `${base64url.encode(header)}.${base64url.encode(payload)}.${signature}`;
}

describe('a token of another issuer', () => {
  it.each(['first', 'RS256', 'PS256', 'ES384', 'EdDSA'])('is taken when the key %s signed it', async (keyId) => {
    const token = await verify(await issuer.sign(claims(), {}, keyId));
    expect(token).toMatchObject({ subject: GITHUB_SUBJECT, expiresAt: (NOW_SECONDS + 290) * 1000 });
    expect(token.claims['repository']).toBe('octo-org/octo-repo');
  });

  it('is taken in the forms of GitLab and Kubernetes', async () => {
    const gitlab = { sub: 'project_path:group/app:ref_type:branch:ref:main', project_id: '20', ref_protected: 'true' };
    expect((await verify(await issuer.sign(claims(gitlab)))).subject).toBe(gitlab.sub);
    const pod = {
      aud: [AUDIENCE],
      sub: 'system:serviceaccount:shop:deployer',
      'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'deployer', uid: 'u' } },
    };
    expect((await verify(await issuer.sign(claims(pod), {}, 'RS256'))).claims['kubernetes.io']).toBeDefined();
  });

  it('is checked with keys that were given beforehand, for an issuer that nobody reaches', async () => {
    const jwk = await issuer.createKey('static', 'ES256');
    const given = parseForeignKeys({ keys: [jwk] });
    const unreachable = 'https://kubernetes.default.svc.cluster.local';
    const token = await issuer.sign(claims({ iss: unreachable }), { kid: undefined as never }, 'static');
    const expected = { issuer: unreachable, audience: AUDIENCE, now: NOW_SECONDS * 1000, findKeys: () => given };
    expect((await verifyForeignToken(token, expected)).subject).toBe(GITHUB_SUBJECT);
  });

  it('may be ahead by a minute and live for a day', async () => {
    const iat = NOW_SECONDS + 60;
    await verify(await issuer.sign(claims({ iat, nbf: iat, exp: iat + 24 * 3600 })));
  });
});

type Attack = readonly [name: string, fault: ForeignTokenFault, make: () => Promise<string> | string];
const withClaims = (name: string, fault: ForeignTokenFault, changes: () => Record<string, unknown>): Attack => [
  name,
  fault,
  () => issuer.sign(claims(changes())),
];
const withHeader = (name: string, fault: ForeignTokenFault, header: object, keyId = 'first'): Attack => [
  name,
  fault,
  () => issuer.sign(claims(), header, keyId),
];

const ATTACKS: readonly Attack[] = [
  withClaims('expired this second', 'expired', () => ({ exp: NOW_SECONDS })),
  withClaims('expired long ago', 'expired', () => ({ exp: 1 })),
  withClaims('no exp', 'malformed', () => ({ exp: undefined })),
  withClaims('exp as text', 'malformed', () => ({ exp: `${NOW_SECONDS + 100}` })),
  withClaims('exp null', 'malformed', () => ({ exp: null })),
  withClaims('exp negative', 'malformed', () => ({ exp: -1 })),
  withClaims('no iat', 'malformed', () => ({ iat: undefined })),
  withClaims('iat as a list', 'malformed', () => ({ iat: [NOW_SECONDS] })),
  withClaims('of the future', 'not-yet-valid', () => ({ iat: NOW_SECONDS + 61 })),
  withClaims('not before the future', 'not-yet-valid', () => ({ nbf: NOW_SECONDS + 61 })),
  withClaims('nbf as text', 'malformed', () => ({ nbf: '1' })),
  withClaims('a life of more than a day', 'lifetime', () => ({ exp: NOW_SECONDS - 10 + 24 * 3600 + 1 })),
  withClaims('a life of years', 'lifetime', () => ({ iat: 0 })),
  withClaims('another audience', 'audience', () => ({ aud: 'https://other.test' })),
  withClaims('no audience', 'audience', () => ({ aud: undefined })),
  withClaims('an audience that begins with ours', 'audience', () => ({ aud: `${AUDIENCE}.evil.test` })),
  withClaims('our audience with a slash', 'audience', () => ({ aud: `${AUDIENCE}/` })),
  withClaims('our audience in upper case', 'audience', () => ({ aud: AUDIENCE.toUpperCase() })),
  withClaims('our audience with a line end', 'audience', () => ({ aud: `${AUDIENCE}\n` })),
  withClaims('our audience and another', 'audience', () => ({ aud: [AUDIENCE, 'https://other.test'] })),
  withClaims('another audience and ours', 'audience', () => ({ aud: ['https://other.test', AUDIENCE] })),
  withClaims('our audience in a list in a list', 'audience', () => ({ aud: [[AUDIENCE]] })),
  withClaims('an empty list of audiences', 'audience', () => ({ aud: [] })),
  withClaims('an audience that is an object', 'audience', () => ({ aud: { 0: AUDIENCE } })),
  withClaims('another issuer', 'issuer', () => ({ iss: 'https://evil.test' })),
  withClaims('the issuer with a slash', 'issuer', () => ({ iss: `${issuer.issuer}/` })),
  withClaims('the issuer in upper case', 'issuer', () => ({ iss: issuer.issuer.toUpperCase() })),
  withClaims('the issuer with a line end', 'issuer', () => ({ iss: `${issuer.issuer}\n` })),
  withClaims('the issuer with a Cyrillic letter', 'issuer', () => ({ iss: issuer.issuer.replace('e', '\u0435') })),
  withClaims('the issuer in a list', 'issuer', () => ({ iss: [issuer.issuer] })),
  withClaims('no issuer', 'issuer', () => ({ iss: undefined })),
  withClaims('no subject', 'malformed', () => ({ sub: undefined })),
  withClaims('an empty subject', 'malformed', () => ({ sub: '' })),
  withClaims('a subject that is a list', 'malformed', () => ({ sub: [GITHUB_SUBJECT] })),
  withClaims('a token of 17 KiB', 'malformed', () => ({ filler: 'x'.repeat(17 * 1024) })),
  withHeader('a key id that nobody published', 'key', { kid: 'unpublished' }, 'unpublished'),
  withHeader('the id of another key of the issuer', 'signature', { kid: 'first' }, 'unpublished'),
  withHeader('the id of a key of another kind', 'algorithm', { kid: 'RS256' }),
  withHeader('an RSA key used with the other padding', 'algorithm', { kid: 'RS256' }, 'PS256'),
  withHeader('an id that two keys have', 'key', { kid: 'twin' }, 'twin'),
  withHeader('no key id', 'key', { kid: undefined }),
  withHeader('an empty key id', 'malformed', { kid: '' }),
  withHeader('a key id that is a number', 'malformed', { kid: 1 }),
  withHeader('a key id of a kilobyte', 'malformed', { kid: 'k'.repeat(1024) }),
  withHeader('the type of an access token', 'malformed', { typ: 'at+jwt' }),
  withHeader('the type of a logout token', 'malformed', { typ: 'logout+jwt' }),
  ['no signature (none)', 'algorithm', () => craft('{"alg":"none"}', JSON.stringify(claims()))],
  ['no signature (nOnE)', 'algorithm', () => craft('{"alg":"nOnE","kid":"first"}', JSON.stringify(claims()))],
  ['an empty signature', 'malformed', () => craft('{"alg":"ES256","kid":"first"}', JSON.stringify(claims()), '')],
  [
    'an ECDSA signature of zeros',
    'signature',
    () => craft('{"alg":"ES256","kid":"first"}', JSON.stringify(claims()), base64url.encode(new Uint8Array(64))),
  ],
  [
    'the public key as an HMAC secret',
    'algorithm',
    async () => {
      const { keys: published } = issuer.documents.get('/jwks') as { keys: JsonWebKey[] };
      const jwk = published.find((key) => key['kid'] === 'RS256') as JsonWebKey;
      const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const signed = craft('{"alg":"HS256","kid":"RS256"}', JSON.stringify(claims())).replace(/\.AAAA$/, '');
      return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
    },
  ],
  [
    'ES512',
    'algorithm',
    async () => {
      const { privateKey } = await generateKeyPair('ES512');
      return new SignJWT(claims()).setProtectedHeader({ alg: 'ES512', kid: 'first' }).sign(privateKey);
    },
  ],
  [
    'its own key in the header (jwk)',
    'signature',
    async () => {
      const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
      const header = { alg: 'ES256', kid: 'first', jwk: await exportJWK(publicKey), jku: 'https://evil.test/jwks' };
      return new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
    },
  ],
  [
    'an extension (crit)',
    'malformed',
    () => craft('{"alg":"ES256","kid":"first","crit":["b64"],"b64":false}', JSON.stringify(claims())),
  ],
  [
    'an algorithm twice',
    'malformed',
    () => craft('{"alg":"none","alg":"ES256","kid":"first"}', JSON.stringify(claims())),
  ],
  [
    'a claim twice',
    'malformed',
    () => craft('{"alg":"ES256","kid":"first"}', JSON.stringify(claims()).replace('{', '{"ref":"refs/heads/x",')),
  ],
  [
    'a claim twice, once with an escape',
    'malformed',
    () => craft('{"alg":"ES256","kid":"first"}', JSON.stringify(claims()).replace('{', '{"re\\u0066":"x",')),
  ],
  ['a payload that is a list', 'malformed', () => craft('{"alg":"ES256","kid":"first"}', '[]')],
  [
    'a payload that is no UTF-8',
    'malformed',
    () => `${base64url.encode('{"alg":"ES256"}')}.${base64url.encode(Uint8Array.of(255))}.AAAA`,
  ],
  ['an encrypted token of five parts', 'malformed', () => 'a.b.c.d.e'],
  ['a line end after the token', 'malformed', async () => `${await issuer.sign(claims())}\n`],
  ['a space before the token', 'malformed', async () => ` ${await issuer.sign(claims())}`],
  ['padding in base64url', 'malformed', async () => `${await issuer.sign(claims())}==`],
  [
    'a payload changed after signing',
    'signature',
    async () => {
      const [header, , signature] = (await issuer.sign(claims())).split('.');
      return `${header}.${base64url.encode(JSON.stringify(claims({ ref: 'refs/heads/x' })))}.${signature}`;
    },
  ],
  ['nothing', 'malformed', () => ''],
];

describe('an attack by a token', () => {
  it.each(ATTACKS)('is refused: %s', async (_name, fault, make) => {
    const refusal = await verify(await make()).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ForeignTokenError);
    expect((refusal as ForeignTokenError).fault).toBe(fault);
  });

  it('asks an issuer for nothing when the token is for somebody else', async () => {
    const asked = issuer.asked.length;
    const elsewhere = 'https://issuer.test:1';
    const refused = verify(await issuer.sign(claims()), elsewhere);
    await expect(refused).rejects.toMatchObject({ fault: 'issuer' });
    expect(issuer.asked).toHaveLength(asked);
  });
});

describe('a key set', () => {
  it('yields no key that is symmetric, private, too short, of another use or of an unknown curve', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const good = await exportJWK(publicKey);
    const bad = [
      { kty: 'oct', k: 'c2VjcmV0', kid: 'a' },
      { ...(await exportJWK(privateKey)), kid: 'b' },
      { kty: 'RSA', n: 'x'.repeat(171), e: 'AQAB', kid: 'c' },
      { ...good, use: 'enc', kid: 'd' },
      { ...good, key_ops: ['sign'], kid: 'e' },
      { ...good, crv: 'secp256k1', kid: 'f' },
      { ...good, crv: 'constructor', kid: 'g' },
      { ...good, alg: 'ES384', kid: 'h' },
      { ...good, kid: 7 },
      null,
    ];
    expect(parseForeignKeys({ keys: [...bad, { ...good, kid: 'good' }] }).map(({ keyId }) => keyId)).toEqual(['good']);
  });

  it.each([null, [], 'keys', {}, { keys: {} }])('is refused when it is %j', (document) => {
    expect(() => parseForeignKeys(document)).toThrow(SyntaxError);
  });
});
