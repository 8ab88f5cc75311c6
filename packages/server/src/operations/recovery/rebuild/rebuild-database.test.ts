import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, composeImage, digestOf } from '../../../../test/in-process/content-client.ts';
import { insertPasskey } from '../../../../test/in-process/insert-passkey.ts';
import { openTestContent, type TestContent } from '../../../../test/in-process/test-content.ts';
import { openTestDatabase, type TestDatabase } from '../../../../test/in-process/test-database.ts';
import {
  claimShipping,
  dumpDatabase,
  rebuild,
  type TestRebuild,
  type TestShipper,
  testEnvelope,
} from '../../../../test/in-process/test-recovery.ts';
import type { RepositoryRef } from '../../../content/repository-ref.ts';
import type { BlobStorage } from '../../../drivers/blob-storage/blob-storage.ts';
import { createMemoryStorage } from '../../../drivers/blob-storage/memory/memory-storage.ts';
import { findForwarding, setForwarding } from '../../audit-events/forwarding/forwarding-rows.ts';
import { packRecord, unpackRecord } from '../record.ts';
import { HEAD_NAME, parseRecordName } from '../record-names.ts';
import { isWhole } from './rebuild-database.ts';
import { assertRebuilt, markRebuild } from './rebuild-mark.ts';
import { renderReport } from './render-report.ts';

describe('a rebuild from the blob storage', () => {
  let test: TestContent;
  let storage: BlobStorage;
  let shipper: TestShipper;
  let client: ContentClient;
  let repository: RepositoryRef;
  let target: TestDatabase;

  beforeEach(async () => {
    test = await openTestContent({ inMemory: true });
    storage = createMemoryStorage(test.medium);
    client = new ContentClient(test.content, test.actor);
    repository = await test.createRepository('team', 'app');
    shipper = await claimShipping({ database: test.database, storage, clock: test.clock });
    target = await openTestDatabase('sqlite', { inMemory: true });
  });
  afterEach(async () => {
    await target?.close();
    await test?.close();
  });

  const run = (change: Partial<TestRebuild> = {}) =>
    rebuild({ database: target.database, storage, clock: test.clock, ...change });

  async function push(tag: string): Promise<Buffer> {
    const config = Buffer.from(`config of ${tag}`);
    await client.pushBlob(repository, config);
    await client.putManifest(repository, composeImage(config, [], { annotations: { tag } }), tag);
    return config;
  }

  async function pushAndShip(...tags: readonly string[]): Promise<void> {
    for (const tag of tags) {
      test.clock.advance(1_000);
      await push(tag);
      await shipper.ship();
    }
  }

  const changes = () =>
    [...test.medium.records.keys()].filter((name) => parseRecordName(name)?.kind === 'changes').toSorted();
  const tags = async () => {
    const rows = await target.database.reader.selectFrom('tags').select('name').orderBy('name').execute();
    return rows.map(({ name }) => name);
  };
  const keyOf = async (bytes: Buffer) => {
    const blob = await test.content.findBlob(repository.name, digestOf(bytes));
    return blob?.storageKey ?? '';
  };

  it('says how old the state is that it gives, and that nothing is missing', async () => {
    await pushAndShip('a', 'b');
    test.clock.advance(7_000);
    const report = await run();
    expect(report).toMatchObject({ ageMs: 7_000, base: 1, badRecords: [], gap: undefined, unreferenced: 0 });
    expect(report.blobs).toMatchObject({ checked: 2, bad: [], unused: 0 });
    expect(isWhole(report)).toBe(true);
    expect(renderReport(report)).toContain('7 s ago: what was changed later is lost');
    expect(await dumpDatabase(target.database)).toEqual(await dumpDatabase(test.database));
  });

  it('restores where the audit log is forwarded to and how far it was, with its sealed secret', async () => {
    const receiver = { kind: 'https', url: 'https://logs.example.com/audit' } as const;
    const secret = testEnvelope().seal('audit_forwarding|main|secret', Buffer.from('Canary'));
    const input = { isEnabled: true, target: receiver, secret, actor: test.actor, now: test.clock.now() };
    await test.database.execute(setForwarding, input);
    await pushAndShip('a');
    await test.database.write((tx) =>
      tx.updateTable('audit_forwarding').set({ last_id: 3, failures: 7, last_error: 'away' }).execute(),
    );
    await shipper.ship();
    await run();
    const restored = await findForwarding(target.database.reader);
    expect(restored).toMatchObject({ isEnabled: true, target: receiver, version: 1, lastId: 3, gaps: [], failures: 0 });
    expect(restored?.secret).toEqual(secret);
    expect(restored?.lastError).toBeNull();
  });

  it('knows of a registry at rest that nothing had changed', async () => {
    await pushAndShip('a');
    test.clock.advance(300_000);
    await shipper.ship();
    test.clock.advance(9_000);
    expect((await run()).ageMs).toBe(9_000);
  });

  it('gives ids that were never given, and queues everything for the collector', async () => {
    await pushAndShip('a');
    await client.delete(repository, 'a');
    await shipper.ship();
    await run();
    const before = await test.database.reader
      .selectFrom('journal')
      .select((row) => row.fn.max('id').as('id'))
      .executeTakeFirstOrThrow();
    const project = { name: 'new', is_public: 0, owner_id: 0, created_at: 1, updated_at: 1 };
    const { id } = await target.database.write((tx) =>
      tx.insertInto('projects').values(project).returning('id').executeTakeFirstOrThrow(),
    );
    expect(id).toBeGreaterThan(1_000);
    expect(before.id).toBeGreaterThan(0);
    const links = await target.database.reader.selectFrom('repository_blobs').select('review_after').execute();
    expect(links.every(({ review_after }) => review_after === test.clock.now() + 1_000)).toBe(true);
  });

  it('takes the state before the newest record when that is not whole, and names it', async () => {
    await pushAndShip('a', 'b', 'c');
    const newest = changes().at(-1) ?? '';
    const bytes = test.medium.records.get(newest) ?? new Uint8Array();
    test.medium.records.set(newest, bytes.subarray(0, bytes.length - 9));
    const report = await run();
    expect(await tags()).toEqual(['a', 'b']);
    expect(report.badRecords.map(({ name }) => name)).toEqual([newest]);
    expect(report).toMatchObject({ gap: { seq: 3, newestSeq: 3 }, ageMs: 1_000, unreferenced: 1 });
    expect(isWhole(report)).toBe(false);
    expect(renderReport(report)).toContain(`The record ${newest} cannot be used`);
  });

  it('ends before a gap, and says so', async () => {
    await pushAndShip('a', 'b', 'c', 'd');
    test.medium.records.delete(changes()[2] ?? '');
    const report = await run();
    expect(await tags()).toEqual(['a', 'b']);
    expect(report.gap).toEqual({ seq: 3, newestSeq: 4 });
    expect(renderReport(report)).toContain('broken off before number 3, and there is one of number 4');
  });

  it.each(['everything', 'the newest', 'the base'])('does not miss %s that a list leaves out', async (what) => {
    await pushAndShip('a', 'b', 'c');
    const newest = changes().at(-1);
    const isLeftOut = (name: string) =>
      what === 'everything' || (what === 'the newest' ? name === newest : name.startsWith('base'));
    const listing = createMemoryStorage(test.medium);
    listing.listRecords = async function* () {
      for (const name of test.medium.records.keys()) if (!isLeftOut(name)) yield name;
    };
    expect(isWhole(await run({ storage: listing }))).toBe(true);
    expect(await dumpDatabase(target.database)).toEqual(await dumpDatabase(test.database));
  });

  it('does without the head', async () => {
    await pushAndShip('a', 'b');
    test.medium.records.delete(HEAD_NAME);
    expect(isWhole(await run())).toBe(true);
    expect(await dumpDatabase(target.database)).toEqual(await dumpDatabase(test.database));
  });

  it('takes the base before when one is damaged, and loses nothing', async () => {
    const often = await claimShipping({
      database: test.database,
      storage,
      clock: test.clock,
      limits: { maxRecords: 1 },
    });
    for (const tag of ['a', 'b', 'c']) {
      await push(tag);
      await often.ship();
    }
    const newest =
      [...test.medium.records.keys()]
        .filter((name) => name.includes('.part.'))
        .toSorted()
        .at(-1) ?? '';
    test.medium.records.set(newest, Buffer.from('damaged'));
    const report = await run();
    expect(report.badRecords.map(({ name }) => name)).toEqual([newest]);
    expect(isWhole(report)).toBe(true);
    expect(await dumpDatabase(target.database)).toEqual(await dumpDatabase(test.database));
  });

  it('names what a missing stored copy leaves without it, and serves it to nobody until it is pushed again', async () => {
    const lost = await push('a');
    const other = await push('b');
    await shipper.ship();
    test.medium.objects.delete(await keyOf(lost));
    test.medium.objects.set(await keyOf(other), Buffer.from('c0nfig of b'));
    const report = await run();
    const bad = report.blobs.bad.map(({ digests, reason, uses }) => [
      digests,
      reason,
      uses[0]?.repository,
      uses[0]?.tags,
    ]);
    expect(bad).toEqual([
      [[digestOf(lost)], 'the stored copy is missing', 'team/app', ['a']],
      [[digestOf(other)], 'the stored copy has other bytes than its digest says', 'team/app', ['b']],
    ]);
    expect(isWhole(report)).toBe(false);
    expect(renderReport(report)).toMatch(
      /Missing: sha256:\w+: the stored copy is missing.*team\/app sha256:\w+ \(a\)/s,
    );
    const rows = await target.database.reader.selectFrom('blobs').select('lost_at').execute();
    expect(rows.every(({ lost_at }) => lost_at === test.clock.now())).toBe(true);
    expect([...test.medium.objects.keys()]).toHaveLength(1);
  });

  it('asks only for sizes, or for nothing, when it is told so', async () => {
    const changed = await push('a');
    await shipper.ship();
    test.medium.objects.set(await keyOf(changed), Buffer.from('C0nfig of a'));
    expect((await run({ options: { verify: 'size' } })).blobs).toMatchObject({ checked: 1, bad: [] });
    await target.close();
    target = await openTestDatabase('sqlite', { inMemory: true });
    expect((await run({ options: { verify: 'none' } })).blobs).toMatchObject({ checked: 0, bad: [] });
  });

  it('counts what the collector removed after the last shipment, and what came after it, as nobody’s loss', async () => {
    await pushAndShip('a');
    const unused = Buffer.from('pushed, and listed by nothing');
    await client.pushBlob(repository, unused);
    await shipper.ship();
    test.medium.objects.delete(await keyOf(unused));
    await push('late');
    const report = await run();
    expect(report).toMatchObject({ unreferenced: 1, blobs: { bad: [], unused: 1 } });
    expect(isWhole(report)).toBe(true);
    expect(await tags()).toEqual(['a']);
  });

  it('leaves out a manifest whose bytes are not those of its digest, with its tags', async () => {
    await push('sound');
    await push('damaged');
    await test.database.write((tx) =>
      tx
        .updateTable('manifests')
        .set({ bytes: Buffer.from('{}') })
        .where('id', '=', tx.selectFrom('tags').select('manifest_id').where('name', '=', 'damaged'))
        .execute(),
    );
    await shipper.ship();
    const report = await run();
    expect(report.rows).toMatchObject({ leftOutTags: 1, damagedManifests: [{ repositoryId: expect.any(Number) }] });
    expect(isWhole(report)).toBe(false);
    expect(await tags()).toEqual(['sound']);
  });

  it('fills an empty database only, and one whose rebuild was broken off; that one nobody opens', async () => {
    await pushAndShip('a');
    await target.database.write((tx) => tx.insertInto('settings').values({ name: 'kept', value: 'yes' }).execute());
    await expect(run()).rejects.toThrow('the database of the instance main is not empty (settings)');
    await target.database.write(async (tx) => markRebuild(tx, 1));
    await expect(assertRebuilt(target.database.reader)).rejects.toThrow('has not ended');
    await run();
    await assertRebuilt(target.database.reader);
    expect(await dumpDatabase(target.database)).toEqual(await dumpDatabase(test.database));
    await expect(run()).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('asks which one, where the records of two databases lie there that do not know each other', async () => {
    await pushAndShip('a');
    const fresh = await openTestDatabase('sqlite', { inMemory: true });
    try {
      // A server that was started on an empty database.
      const other = await claimShipping({ database: fresh.database, storage, clock: test.clock });
      await other.ship();
    } finally {
      await fresh.close();
    }
    const [first = ''] = changes();
    const parsed = parseRecordName(first);
    await expect(run()).rejects.toThrow(/several databases that do not know each other: .*say which one by --lineage/);
    expect(isWhole(await run({ options: { lineage: parsed?.lineage } }))).toBe(true);
    expect(await tags()).toEqual(['a']);
  });

  it('goes on from what it was rebuilt from: another rebuild takes the newer records', async () => {
    await pushAndShip('a');
    const { lineage } = await run();
    const next = await claimShipping({ database: target.database, storage, clock: test.clock });
    await next.ship();
    const third = await openTestDatabase('sqlite', { inMemory: true });
    try {
      const report = await rebuild({ database: third.database, storage, clock: test.clock });
      expect(report.lineage).not.toBe(lineage);
      expect(await dumpDatabase(third.database)).toEqual(await dumpDatabase(test.database));
    } finally {
      await third.close();
    }
  });

  it('keeps secrets from whoever reads the bucket, and leaves out those that the master key does not open', async () => {
    const passwordHash = '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g';
    const user = { username: 'ann', is_administrator: 1, token_epoch: 3, created_at: 1, updated_at: 1 };
    const sealed = testEnvelope().seal('signing_keys|k1|private_jwk', Buffer.from('{"d":"the private half"}'));
    await test.database.write(async (tx) => {
      await tx
        .insertInto('users')
        .values({ ...user, password_hash: passwordHash })
        .execute();
      const key = { id: 'k1', public_jwk: '{}', private_jwk: sealed, created_at: 1 };
      await tx.insertInto('signing_keys').values(key).execute();
      await tx.insertInto('settings').values({ name: 'identity.signing_key', value: 'k1' }).execute();
    });
    await shipper.ship();
    for (const [name, bytes] of test.medium.records) {
      const text = gunzipSync(bytes).toString();
      for (const secret of ['argon2id', 'aGFzaGhhc2g', 'private half']) expect(text, name).not.toContain(secret);
    }
    expect(isWhole(await run())).toBe(true);
    expect(await dumpDatabase(target.database)).toEqual(await dumpDatabase(test.database));
    await target.close();
    target = await openTestDatabase('sqlite', { inMemory: true });
    const report = await run({ masterKey: Buffer.alloc(32, 8) });
    expect(report.rows.unopened).toEqual(['users 1 password_hash', 'signing_keys k1 private_jwk']);
    expect(renderReport(report)).toContain('2 secrets do not open with this master key');
    const users = await target.database.reader.selectFrom('users').select(['username', 'password_hash']).execute();
    expect(users).toEqual([{ username: 'ann', password_hash: null }]);
    expect(await target.database.reader.selectFrom('signing_keys').selectAll().execute()).toEqual([]);
    expect(await target.database.reader.selectFrom('settings').select('name').execute()).toEqual([
      { name: 'recovery' },
    ]);
  });

  it('brings second factors back, with the recovery codes that are left', async () => {
    await test.database.write(async (tx) => {
      const user = { password_hash: null, is_administrator: 0, token_epoch: 1, created_at: 1, updated_at: 1 };
      for (const [index, username] of ['ann', 'bob'].entries()) {
        await tx
          .insertInto('users')
          .values({ ...user, username, has_second_factor: 1 })
          .execute();
        const secret = testEnvelope().seal(`totp_factors|${index + 1}|secret`, Buffer.from('JBSWY3DPEHPK3PXP'));
        const factor = { user_id: index + 1, secret, created_at: 1, confirmed_at: 2 };
        await tx.insertInto('totp_factors').values(factor).execute();
        await insertPasskey(tx, index + 1);
        for (const hash of ['0a', '1b']) {
          await tx
            .insertInto('recovery_codes')
            .values({ user_id: index + 1, code_hash: hash })
            .execute();
        }
      }
    });
    await shipper.ship();
    await test.database.write(async (tx) => {
      await tx.deleteFrom('recovery_codes').where('user_id', '=', 2).where('code_hash', '=', '0a').execute();
      await tx.updateTable('users').set({ has_second_factor: 0 }).where('id', '=', 1).execute();
      await tx.deleteFrom('totp_factors').where('user_id', '=', 1).execute();
      await tx.deleteFrom('passkeys').where('user_id', '=', 1).execute();
      await tx.updateTable('passkeys').set({ counter: 7, is_backed_up: 1 }).execute();
      await tx.deleteFrom('recovery_codes').where('user_id', '=', 1).execute();
    });
    await shipper.ship();
    expect(isWhole(await run())).toBe(true);
    const left = await target.database.reader.selectFrom('recovery_codes').select('code_hash').execute();
    expect(left).toEqual([{ code_hash: '1b' }]);
    const passkeys = await target.database.reader.selectFrom('passkeys').select(['user_id', 'counter']).execute();
    expect(passkeys).toEqual([{ user_id: 2, counter: 7 }]);
    expect(await dumpDatabase(target.database)).toEqual(await dumpDatabase(test.database));
  });

  it('says what is wrong where there is nothing to rebuild from', async () => {
    await expect(run()).rejects.toThrow('the blob storage has no records to rebuild a database from');
    await push('a');
    const slow = await claimShipping({ database: test.database, storage, clock: test.clock, limits: { runMs: 0 } });
    await slow.ship();
    await expect(run()).rejects.toThrow('none of their bases is whole');
    expect(await target.database.reader.selectFrom('settings').selectAll().execute()).toEqual([]);
  });

  it('refuses records of a newer version, and those of another instance', async () => {
    await pushAndShip('a');
    const [name = ''] = changes();
    const bytes = test.medium.records.get(name) ?? new Uint8Array();
    const { header, lines } = await unpackRecord(name, bytes);
    test.medium.records.set(name, await packRecord({ header: { ...header, instance: 'other' }, lines }));
    await expect(run()).rejects.toThrow(`the record ${name} is of the instance other, not of main`);
  });
});
