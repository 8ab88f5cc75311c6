import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../test/in-process/test-database.ts';
import { createManualClock, type ManualClock } from '../../test/in-process/test-identity.ts';
import type { InstanceDatabase } from '../db/instance/instance-database.ts';
import { systemActor } from '../kernel/actor.ts';
import { systemIds } from '../kernel/ids.ts';
import type { MasterKeys } from '../kernel/master-keys.ts';
import { createSecretsEnvelope, sealedKeyId } from '../kernel/secrets-envelope.ts';
import { isWrappedBy } from '../kernel/wrapped-key.ts';
import { readSecretKeyRows } from './secret-key-rows.ts';
import { createSecretRotation } from './secret-rotation.ts';
import { openSecrets } from './stored-secrets.ts';

const ACTOR = systemActor('admin rotate-keys');
const INSTANCE = 'main';

function mastersOf(established: Uint8Array, ...others: readonly Uint8Array[]): MasterKeys {
  return { all: [established, ...others], getEstablished: async () => established };
}

describe.each(ENGINES)('the keys of an instance on %s', (engine) => {
  let test: TestDatabase;
  let clock: ManualClock;
  let master: Buffer;

  beforeEach(async () => {
    test = await openTestDatabase(engine, { inMemory: true });
    clock = createManualClock();
    master = randomBytes(32);
  });
  afterEach(() => test.close());

  const sealing = (masterKeys = mastersOf(master), database: InstanceDatabase = test.database) => ({
    instanceId: INSTANCE,
    database,
    masterKeys,
    clock,
    ids: systemIds,
  });
  /** As a process has them open. */
  const open = async (masterKeys = mastersOf(master), database: InstanceDatabase = test.database) => {
    const dependencies = sealing(masterKeys, database);
    const secrets = await openSecrets(dependencies);
    return { secrets, rotation: createSecretRotation({ ...dependencies, secrets }) };
  };
  const placeOfKey = (id: string) => `signing_keys|${id}|private_jwk`;
  const insert = (id: string, sealed: Buffer) =>
    test.database.write((tx) =>
      tx.insertInto('signing_keys').values({ id, public_jwk: '{}', private_jwk: sealed, created_at: 1 }).execute(),
    );
  const values = () => test.database.reader.selectFrom('signing_keys').select(['id', 'private_jwk']).execute();
  /** Every value opens, and to what it was. */
  const expectAllOpen = async (masterKeys: MasterKeys) => {
    const { secrets } = await open(masterKeys);
    for (const { id, private_jwk } of await values()) {
      expect((await secrets.open(placeOfKey(id), private_jwk)).toString()).toBe(`secret ${id}`);
    }
  };
  const seedFirstForm = async (count: number) => {
    const before = createSecretsEnvelope(master, INSTANCE);
    for (let index = 0; index < count; index += 1) {
      await insert(`k${index}`, before.seal(placeOfKey(`k${index}`), Buffer.from(`secret k${index}`)));
    }
  };
  /** Time goes on while a rotation waits for other processes. */
  const wait = async (ms: number) => clock.advance(ms);

  it('begin with one of its own, random and wrapped, which all processes share', async () => {
    const [one, other] = await Promise.all([open(), open(mastersOf(master), await test.openAgain())]);
    const sealed = await one.secrets.seal('users|1|secret', Buffer.from('x'));
    const { keys, current } = await readSecretKeyRows(test.database.reader);
    expect(keys).toHaveLength(1);
    expect(sealedKeyId(sealed)).toBe(current?.id);
    expect((await other.secrets.open('users|1|secret', sealed)).toString()).toBe('x');
  });

  it('stay derived where something is sealed already, so that the release before can read it', async () => {
    await seedFirstForm(1);
    const { secrets } = await open();
    expect((await readSecretKeyRows(test.database.reader)).keys).toEqual([]);
    const sealed = await secrets.seal('a|1|b', Buffer.from('x'));
    expect(createSecretsEnvelope(master, INSTANCE).open('a|1|b', sealed).toString()).toBe('x');
  });

  it('rotate: every sealed value is sealed anew, and what others sealed meanwhile too', async () => {
    await seedFirstForm(250);
    const other = await open(mastersOf(master), await test.openAgain());
    const { rotation } = await open();
    const { keyId, resealed } = await rotation.rotateKey(ACTOR, async (ms) => {
      // A process that does not know of it yet.
      await insert('late', await other.secrets.seal(placeOfKey('late'), Buffer.from('secret late')));
      clock.advance(ms);
    });
    expect(resealed).toBe(251);
    for (const { private_jwk } of await values()) expect(sealedKeyId(private_jwk)).toBe(keyId);
    const sealed = await other.secrets.seal('a|1|b', Buffer.from('x'));
    expect(sealedKeyId(sealed)).toBe(keyId);
    await expectAllOpen(mastersOf(master));
    expect(await rotation.rotateKey(ACTOR, wait)).toMatchObject({ resealed: 251 });
    expect((await readSecretKeyRows(test.database.reader)).keys).toHaveLength(2);
    const journal = await test.database.reader.selectFrom('journal').select(['kind', 'detail']).execute();
    expect(journal.map(({ kind }) => kind)).toEqual([
      'secret-key.rotated',
      'secret-key.resealed',
      'secret-key.rotated',
      'secret-key.resealed',
    ]);
    expect(journal.some(({ detail }) => detail.includes(master.toString('base64')))).toBe(false);
  });

  it('go on with a rotation that was broken off, by the same key', async () => {
    await seedFirstForm(3);
    const { rotation } = await open();
    await expect(
      rotation.rotateKey(ACTOR, async () => {
        throw new Error('killed');
      }),
    ).rejects.toThrow('killed');
    const begun = (await readSecretKeyRows(test.database.reader)).current;
    expect(begun?.isResealing).toBe(true);
    await expectAllOpen(mastersOf(master));
    const again = await open();
    expect(await again.rotation.rotateKey(ACTOR, wait)).toEqual({ keyId: begun?.id, resealed: 3 });
    expect((await readSecretKeyRows(test.database.reader)).current).toEqual({ id: begun?.id, isResealing: false });
    await expectAllOpen(mastersOf(master));
  });

  it('open in another process that meets a key for the first time', async () => {
    const other = await open(mastersOf(master), await test.openAgain());
    const { secrets, rotation } = await open();
    await rotation.rotateKey(ACTOR, async () => clock.advance(2_000));
    clock.advance(-2_000);
    const sealed = await secrets.seal('a|1|b', Buffer.from('x'));
    expect((await other.secrets.open('a|1|b', sealed)).toString()).toBe('x');
  });

  it.each([
    ['derived', true],
    ['of their own', false],
  ])('that are %s come under another master key, with nothing sealed anew', async (_, isDerived) => {
    if (isDerived) await seedFirstForm(2);
    const next = randomBytes(32);
    const { secrets } = await open();
    await insert('own', await secrets.seal(placeOfKey('own'), Buffer.from('secret own')));
    const before = await values();
    const { rotation } = await open(mastersOf(master, next));
    expect(await rotation.rewrap(next, ACTOR)).toBe(isDerived ? 1 : 2);
    expect(await rotation.rewrap(next, ACTOR)).toBe(0);
    expect(await values()).toEqual(before);
    for (const { wrapped } of (await readSecretKeyRows(test.database.reader)).keys) {
      expect(isWrappedBy(next, wrapped)).toBe(true);
    }
    await expectAllOpen(mastersOf(next));
    await expect(open(mastersOf(master))).rejects.toThrow('bring back the master key');
    await expect(open(mastersOf(randomBytes(32)))).rejects.toThrow(`of the instance ${INSTANCE} does not open`);
    // A process that has only the old one goes on.
    clock.advance(10_000);
    expect(await secrets.seal('a|1|b', Buffer.from('x'))).toBeInstanceOf(Buffer);
  });

  it('come under another master key when half of them have already', async () => {
    const next = randomBytes(32);
    const both = mastersOf(master, next);
    const { secrets, rotation } = await open(both);
    await insert('own', await secrets.seal(placeOfKey('own'), Buffer.from('secret own')));
    await rotation.rewrap(next, ACTOR);
    // Another key under the former one: a node that was told of the new one only now.
    await rotation.rotateKey(ACTOR, wait);
    expect(await rotation.rewrap(next, ACTOR)).toBe(1);
    await expectAllOpen(mastersOf(next));
  });

  it('do not open values that were swapped', async () => {
    await seedFirstForm(2);
    const { secrets, rotation } = await open();
    await rotation.rotateKey(ACTOR, wait);
    const [one, two] = await values();
    if (one === undefined || two === undefined) throw new Error('two values were sealed');
    await expect(secrets.open(placeOfKey(one.id), two.private_jwk)).rejects.toThrow('moved');
    await expect(secrets.open(`signing_keys|${one.id}|public_jwk`, one.private_jwk)).rejects.toThrow('moved');
  });
});
