import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../test/in-process/test-database.ts';
import { createTestSecrets } from '../../test/in-process/test-envelope.ts';
import { openTestIdentity, type TestIdentity } from '../../test/in-process/test-identity.ts';
import { systemIds } from '../kernel/ids.ts';
import { createSigningKeys } from './signing-keys.ts';

const DAY_MS = 24 * 3_600_000;

describe.each(ENGINES)('signing keys on %s', (engine) => {
  let test: TestIdentity;
  beforeEach(async () => {
    test = await openTestIdentity(engine);
  });
  afterEach(() => test.close());

  it('make one first key, whoever needs it first', async () => {
    const others = [test.createAnother(await test.openAgain()), test.createAnother(await test.openAgain())];
    const signers = await Promise.all([test.identity, ...others].map(({ signingKeys }) => signingKeys.getSigner()));
    expect(new Set(signers.map((signer) => signer.keyId)).size).toBe(1);
    expect(await test.database.reader.selectFrom('signing_keys').select('id').execute()).toHaveLength(1);
  });

  it('rest sealed, bound to their row', async () => {
    const { keyId } = await test.identity.signingKeys.getSigner();
    const row = await test.database.reader.selectFrom('signing_keys').selectAll().executeTakeFirstOrThrow();
    expect(row.private_jwk.toString('latin1')).not.toContain('"d"');
    expect(JSON.parse(row.public_jwk)).not.toHaveProperty('d');
    const copy = { ...row, id: 'f'.repeat(32) };
    await test.database.write(async (tx) => {
      await tx.insertInto('signing_keys').values(copy).execute();
      await tx.updateTable('settings').set({ value: copy.id }).where('value', '=', keyId).execute();
    });
    const another = test.createAnother(await test.openAgain());
    await expect(another.signingKeys.getSigner()).rejects.toThrow('changed, moved or sealed under another key');
  });

  it('do not open under another master key', async () => {
    await test.identity.signingKeys.getSigner();
    const secrets = createTestSecrets(randomBytes(32), test.instanceId);
    const stolen = createSigningKeys({ database: test.database, clock: test.clock, ids: systemIds, secrets });
    await expect(stolen.getSigner()).rejects.toThrow('does not open');
  });

  it('rotate: the new key signs, the old one verifies until its tokens are over', async () => {
    const { signingKeys } = test.identity;
    const { keyId: first } = await signingKeys.getSigner();
    const other = test.createAnother(await test.openAgain());
    expect((await other.signingKeys.getSigner()).keyId).toBe(first);
    await signingKeys.rotate(test.actor);
    const { keyId: second } = await signingKeys.getSigner();
    expect(second).not.toBe(first);
    expect(await other.signingKeys.findVerifier(second)).toBeDefined();
    expect(await signingKeys.findVerifier(first)).toBeDefined();
    const jwks = await signingKeys.listPublicKeys();
    expect(jwks.keys.map((key) => key.kid).toSorted()).toEqual([first, second].toSorted());
    expect(jwks.keys[0]).toEqual({
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      use: 'sig',
      kid: expect.any(String),
      x: expect.any(String),
      y: expect.any(String),
    });
    test.clock.advance(2_000);
    expect((await other.signingKeys.getSigner()).keyId).toBe(second);
    test.clock.advance(DAY_MS + 3_600_000);
    expect(await signingKeys.findVerifier(first)).toBeUndefined();
    expect((await signingKeys.listPublicKeys()).keys.map((key) => key.kid)).toEqual([second]);
    await signingKeys.rotate(test.actor);
    const rows = await test.database.reader.selectFrom('signing_keys').select('id').execute();
    expect(rows.map((row) => row.id)).not.toContain(first);
  });

  it('know nothing by an id of another form', async () => {
    for (const keyId of ['', '../../etc/passwd', "' or 1=1 --", 'F'.repeat(32), '0'.repeat(33)]) {
      expect(await test.identity.signingKeys.findVerifier(keyId)).toBeUndefined();
    }
  });
});
