import { createHmac, generateKeyPairSync } from 'node:crypto';
import { base64url, CompactSign, type CryptoKey, decodeJwt, decodeProtectedHeader, exportJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertPlainUser, openTestIdentity, type TestIdentity } from '../../test/in-process/test-identity.ts';
import { ANONYMOUS } from '../kernel/principal.ts';

const ACCESS = [{ type: 'repository', name: 'library/app', actions: ['pull', 'push'] }];

let test: TestIdentity;
let token: string;
let signer: { readonly keyId: string; readonly privateKey: CryptoKey };
beforeEach(async () => {
  test = await openTestIdentity();
  token = (await test.identity.tokens.issue({ principal: test.administrator, access: ACCESS })).token;
  signer = await test.identity.signingKeys.getSigner();
});
afterEach(() => test.close());

const verify = (raw: string) => test.identity.tokens.verify(raw);

/** A token signed with the instance's own key, with some claims or header fields changed. */
function sign(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key = signer.privateKey) {
  return new SignJWT({ ...decodeJwt(token), ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: signer.keyId, typ: 'JWT', ...header })
    .sign(key);
}

/** Any header and claims with any signature. */
function assemble(header: object, claims: object, signature = ''): string {
  return `${base64url.encode(JSON.stringify(header))}.${base64url.encode(JSON.stringify(claims))}.${signature}`;
}

describe('a registry token', () => {
  it('says who may do what, for the registry of this instance', async () => {
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: signer.keyId, typ: 'JWT' });
    const nowSeconds = test.clock.now() / 1000;
    expect(decodeJwt(token)).toEqual({
      iss: 'roadstead/test',
      sub: 'admin',
      aud: 'harbor-registry',
      iat: nowSeconds,
      nbf: nowSeconds - 10,
      exp: nowSeconds + 1800,
      jti: expect.any(String),
      access: ACCESS,
      principal: { kind: 'user', id: test.administrator.id, epoch: 1 },
    });
    expect(await verify(token)).toEqual({ principal: test.administrator, access: ACCESS });
    expect(await verify(token)).toEqual({ principal: test.administrator, access: ACCESS });
    expect(await verify(await sign())).toBeDefined();
  });

  it('can be anonymous', async () => {
    const { token: anonymous } = await test.identity.tokens.issue({ principal: ANONYMOUS, access: [] });
    expect(decodeJwt(anonymous).sub).toBe('');
    expect(await verify(anonymous)).toEqual({ principal: ANONYMOUS, access: [] });
  });

  it('lives for at least a minute and at most a day, and then is over, remembered or not', async () => {
    const issue = (ttlSeconds: number) =>
      test.identity.tokens.issue({ principal: test.administrator, access: [], ttlSeconds });
    const short = await issue(1);
    expect(short.expiresInSeconds).toBe(60);
    expect((await issue(1e9)).expiresInSeconds).toBe(86_400);
    test.clock.advance(59_999);
    expect(await verify(short.token)).toBeDefined();
    test.clock.advance(1);
    expect(await verify(short.token)).toBeUndefined();
    expect(await verify(token)).toBeDefined();
    test.clock.advance(1_800_000);
    expect(await verify(token)).toBeUndefined();
  });

  it('verifies in another process, and after a rotation', async () => {
    const another = test.createAnother(await test.openAgain());
    expect(await another.tokens.verify(token)).toBeDefined();
    await test.identity.signingKeys.rotate(test.actor);
    expect(await verify(token)).toBeDefined();
    const { token: later } = await test.identity.tokens.issue({ principal: test.administrator, access: [] });
    expect(await another.tokens.verify(later)).toBeDefined();
  });

  it('dies with a change of the password: here at once, elsewhere within two seconds', async () => {
    const another = test.createAnother(await test.openAgain());
    await verify(token);
    await another.tokens.verify(token);
    await test.identity.users.setPassword({
      userId: test.administrator.id,
      password: 'New-Password-9',
      actor: test.actor,
    });
    expect(await verify(token)).toBeUndefined();
    test.clock.advance(2_000);
    expect(await another.tokens.verify(token)).toBeUndefined();
    const { token: late } = await test.identity.tokens.issue({ principal: test.administrator, access: [] });
    expect(await verify(late)).toBeUndefined();
  });

  it('dies with its user, who gets no new one', async () => {
    const carol = await insertPlainUser(test, 'carol');
    const { token: hers } = await test.identity.tokens.issue({ principal: carol, access: ACCESS });
    expect(await verify(hers)).toMatchObject({ principal: { isAdministrator: false } });
    await test.database.write((tx) => tx.deleteFrom('users').where('id', '=', carol.id).execute());
    test.clock.advance(2_000);
    expect(await verify(hers)).toBeUndefined();
    const another = test.identity.tokens.issue({ principal: carol, access: ACCESS });
    await expect(another).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('gives the rights that the user has now', async () => {
    await test.database.write((tx) => tx.updateTable('users').set({ is_administrator: 0 }).execute());
    expect(await verify(token)).toMatchObject({ principal: { isAdministrator: false } });
  });

  it('of one instance fails in another', async () => {
    const other = await openTestIdentity('sqlite', 'other');
    try {
      expect(await other.identity.tokens.verify(token)).toBeUndefined();
      const { token: foreign } = await other.identity.tokens.issue({ principal: other.administrator, access: ACCESS });
      expect(await verify(foreign)).toBeUndefined();
    } finally {
      await other.close();
    }
  });
});

describe('a forged registry token', () => {
  it('is refused when its claims are not those of this registry, even when they are signed with its key', async () => {
    const nowSeconds = test.clock.now() / 1000;
    const wrong: Record<string, unknown>[] = [
      { iss: 'roadstead/other' },
      { iss: 'harbor-token-issuer' },
      { aud: 'another-registry' },
      { aud: [] },
      { exp: nowSeconds },
      { exp: nowSeconds - 3600 },
      { exp: 'never' },
      { exp: undefined },
      { nbf: nowSeconds + 1 },
      { nbf: undefined },
      { iat: undefined },
      { jti: undefined },
      { sub: undefined },
      { principal: undefined },
      { principal: { kind: 'user', id: test.administrator.id } },
      { principal: { kind: 'user', id: test.administrator.id, epoch: 2 } },
      { principal: { kind: 'user', id: test.administrator.id, epoch: '1' } },
      { principal: { kind: 'user', id: 999, epoch: 1 } },
      { principal: { kind: 'system', name: 'root' } },
      { access: 'repository:library/app:push' },
      { access: [{ type: 'repository', name: 1, actions: [] }] },
    ];
    for (const claims of wrong) expect(await verify(await sign(claims)), JSON.stringify(claims)).toBeUndefined();
  });

  it('is refused when it speaks for another robot or access token, another epoch or another kind', async () => {
    const { robots, accessTokens, credentials, tokens } = test.identity;
    const { actor, administrator } = test;
    const shared = { permissions: [], actor };
    const robot = { project: undefined, description: '', durationDays: -1, isDisabled: false, secret: undefined };
    const [first, second] = [
      await robots.create({ ...shared, ...robot, name: 'first' }),
      await robots.create({ ...shared, ...robot, name: 'second' }),
    ];
    await robots.rotateSecret({ id: second.robot.id, secret: undefined, overlapSeconds: 0, actor });
    await robots.create({ ...shared, ...robot, name: 'off', isDisabled: true });
    const carol = await insertPlainUser(test, 'carol');
    const hers = await accessTokens.create({ ...shared, userId: carol.id, name: 'hers', expiresInDays: undefined });
    const genuine: Record<string, unknown>[] = [];
    for (const [name, secret] of [
      ['robot$first', first.secret],
      ['carol', hers.secret],
    ] as const) {
      const principal = await credentials.verifyBasic(name, secret, {
        requestId: 'r',
        address: '192.0.2.1',
        userAgent: 'test',
      });
      if (principal === undefined) throw new Error(`${name} cannot sign in`);
      const { token: raw } = await tokens.issue({ principal, access: ACCESS });
      const subject = decodeJwt<{ principal: Record<string, unknown> }>(raw).principal;
      genuine.push(subject);
      expect(await verify(await sign({ principal: subject })), name).toMatchObject({ access: ACCESS });
    }
    const [robotSubject = {}, tokenSubject = {}] = genuine;
    expect(robotSubject).toEqual({ kind: 'robot', id: first.robot.id, epoch: 1 });
    expect(tokenSubject).toEqual({ kind: 'access-token', id: hers.token.id, userId: carol.id, epoch: 1 });
    const wrong: Record<string, unknown>[] = [
      ...[second.robot.id, second.robot.id + 1, 99, 0, -1, 1.5, '1', null, undefined].map((id) => ({
        ...robotSubject,
        id,
      })),
      ...[0, 2, -1, '1', null, undefined, true].flatMap((epoch) => [
        { ...robotSubject, epoch },
        { ...tokenSubject, epoch },
      ]),
      ...['Robot', 'robot ', 'robots', 'system', 'workload', '', null, undefined, ['robot']].map((kind) => ({
        ...robotSubject,
        kind,
      })),
      { ...robotSubject, kind: 'access-token' },
      { ...robotSubject, kind: 'access-token', userId: administrator.id },
      { ...tokenSubject, userId: administrator.id },
      { ...tokenSubject, userId: String(carol.id) },
      { ...tokenSubject, userId: undefined },
      { ...tokenSubject, id: hers.token.id + 1 },
    ];
    for (const principal of wrong) {
      expect(await verify(await sign({ principal })), JSON.stringify(principal)).toBeUndefined();
    }
    // By id and epoch alone the kinds could stand for each other: the kind is part of what is signed.
    const [header = '', payload = '', signature = ''] = (await sign({ principal: robotSubject })).split('.');
    const swapped = { ...decodeJwt(`${header}.${payload}.${signature}`), principal: { kind: 'user', id: 1, epoch: 1 } };
    expect(await verify(`${header}.${base64url.encode(JSON.stringify(swapped))}.${signature}`)).toBeUndefined();
  });

  it('of a robot or an access token of another instance is refused, whose ids and epochs are the same', async () => {
    const other = await openTestIdentity('sqlite', 'other');
    try {
      for (const each of [test, other]) {
        await each.identity.robots.create({
          ...{ name: 'ci', project: undefined, description: '', durationDays: -1, isDisabled: false },
          ...{ permissions: [], secret: 'Chosen-Secret-1', actor: each.actor },
        });
      }
      const principal = await other.identity.credentials.verifyBasic('robot$ci', 'Chosen-Secret-1', {
        requestId: '',
        address: '',
        userAgent: '',
      });
      if (principal === undefined) throw new Error('the robot cannot sign in');
      const { token: foreign } = await other.identity.tokens.issue({ principal, access: ACCESS });
      expect(await other.identity.tokens.verify(foreign)).toBeDefined();
      expect(await verify(foreign)).toBeUndefined();
    } finally {
      await other.close();
    }
  });

  it('is refused with any algorithm but ES256, such as none, or HS256 with the public key as the secret', async () => {
    const claims = decodeJwt(token);
    const [, , signature] = token.split('.');
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', 'ES384', 'RS256', 'EdDSA']) {
      expect(await verify(assemble({ alg, kid: signer.keyId, typ: 'JWT' }, claims))).toBeUndefined();
      expect(await verify(assemble({ alg, kid: signer.keyId, typ: 'JWT' }, claims, signature))).toBeUndefined();
    }
    const { keys } = await test.identity.signingKeys.listPublicKeys();
    for (const secret of [JSON.stringify(keys[0]), JSON.stringify({ keys }), String(keys[0]?.x)]) {
      const input = assemble({ alg: 'HS256', kid: signer.keyId, typ: 'JWT' }, claims).slice(0, -1);
      const mac = createHmac('sha256', secret).update(input).digest('base64url');
      expect(await verify(`${input}.${mac}`)).toBeUndefined();
    }
  });

  it('is refused with a key of its own: a foreign key, or one in its header', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const foreign = await crypto.subtle.importKey(
      'jwk',
      privateKey.export({ format: 'jwk' }),
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['sign'],
    );
    const jwk = await exportJWK(publicKey);
    const headers: Record<string, unknown>[] = [
      {},
      { jwk },
      { jwk, kid: undefined },
      { jku: 'https://attacker.example/jwks.json' },
      { x5u: 'https://attacker.example/cert.pem' },
      { x5c: ['MIIB'] },
      { kid: 'a'.repeat(32) },
    ];
    for (const header of headers) expect(await verify(await sign({}, header, foreign))).toBeUndefined();
  });

  it('is refused with header fields that we do not write, even when the signature is ours', async () => {
    const { keys } = await test.identity.signingKeys.listPublicKeys();
    for (const header of [
      { jwk: keys[0] },
      { x5c: ['MIIB'] },
      { jku: 'https://attacker.example/jwks.json' },
      { typ: 'at+jwt' },
      { typ: undefined },
      { kid: undefined },
      { cty: 'JWT' },
    ]) {
      expect(await verify(await sign({}, header)), JSON.stringify(header)).toBeUndefined();
    }
    const critical = new CompactSign(new TextEncoder().encode(JSON.stringify(decodeJwt(token))));
    critical.setProtectedHeader({ alg: 'ES256', kid: signer.keyId, typ: 'JWT', crit: ['b64'], b64: true });
    expect(await verify(await critical.sign(signer.privateKey))).toBeUndefined();
  });

  it('is refused when its key id is a path or a statement', async () => {
    for (const kid of [
      '../../../../dev/null',
      "' union select public_jwk, null --",
      '',
      signer.keyId.toUpperCase(),
      7,
    ]) {
      expect(await verify(assemble({ alg: 'ES256', kid, typ: 'JWT' }, decodeJwt(token), 'AAAA'))).toBeUndefined();
    }
  });

  it('is refused when any part was changed, cut off or emptied', async () => {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const wider = { ...decodeJwt(token), access: [{ type: 'repository', name: 'secret/app', actions: ['pull'] }] };
    const zeros = Buffer.alloc(64).toString('base64url');
    for (const raw of [
      `${header}.${base64url.encode(JSON.stringify(wider))}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${zeros}`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}.${payload}`,
      `.${payload}.${signature}`,
      `${header}..${signature}`,
      `${token}.${signature}`,
      `${header}.${payload}.${signature}.${payload}.${signature}`,
      '',
      '..',
      'not a token',
      'x'.repeat(1_000_000),
    ]) {
      expect(await verify(raw)).toBeUndefined();
    }
  });
});
