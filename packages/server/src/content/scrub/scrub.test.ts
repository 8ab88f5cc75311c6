import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDigest, type Digest } from '@roadstead/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../test/in-process/test-database.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import { openFilesystemStorage } from '../../drivers/blob-storage/filesystem/filesystem-storage.ts';
import { systemClock } from '../../kernel/clock.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { Scrub, type ScrubDeps } from './scrub.ts';

const FAST = { bytesPerSecond: 1024 ** 3, runMs: 60_000 };

describe.each(ENGINES)('the scrub on %s', (engine) => {
  let test: TestDatabase;
  let folder: string;
  let storage: BlobStorage;
  let errors: string[];

  beforeEach(async () => {
    test = await openTestDatabase(engine);
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-scrub-'));
    storage = await openFilesystemStorage({ rootDir: folder });
    errors = [];
  });
  afterEach(async () => {
    await storage?.close();
    await test?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (change: Partial<ScrubDeps> = {}) =>
    new Scrub({
      database: test.database,
      storage,
      clock: systemClock,
      settings: FAST,
      onError: (error) => errors.push(String(error)),
      ...change,
    });
  const run = (scrub: Scrub) => scrub.run({ signal: new AbortController().signal });

  async function store(name: string, bytes: Buffer): Promise<Digest> {
    async function* body() {
      yield bytes;
    }
    const state = await storage.appendUpload(name, storage.createUpload(name), body(), {});
    await storage.completeUpload(name, state, name);
    await storage.abortUpload(name, state);
    const digest = createDigest('sha256', createHash('sha256').update(bytes).digest('hex'));
    await test.database.write(async (tx) => {
      const row = { size: bytes.length, storage_key: name, encoding: 'plain', created_at: 0 };
      const { id } = await tx.insertInto('blobs').values(row).returning('id').executeTakeFirstOrThrow();
      await tx
        .insertInto('blob_digests')
        .values({ digest: toDigestBytes(digest), blob_id: id })
        .execute();
    });
    return digest;
  }

  async function findFile(name: string): Promise<string> {
    const files = await readdir(folder, { recursive: true });
    const found = files.find((file) => path.basename(file) === name);
    if (found === undefined) throw new Error(`there is no file ${name}`);
    return path.join(folder, found);
  }

  async function flipOneBit(name: string): Promise<void> {
    const file = await findFile(name);
    const bytes = await readFile(file);
    bytes.writeUInt8((bytes[bytes.length - 1] ?? 0) ^ 1, bytes.length - 1);
    await writeFile(file, bytes);
  }

  const listLost = async () => {
    const rows = await test.database.reader
      .selectFrom('blobs')
      .select('storage_key')
      .where('lost_at', 'is not', null)
      .execute();
    return rows.map((row) => row.storage_key);
  };
  const listJournal = async () =>
    (await test.database.reader.selectFrom('journal').select(['kind', 'detail']).orderBy('id').execute()).map(
      ({ kind, detail }) => ({ kind, ...JSON.parse(detail) }),
    );

  it('finds one flipped bit among sound copies, moves the copy out of the way and tells of it', async () => {
    for (const name of ['one', 'two', 'three']) await store(name, randomBytes(700_000));
    const digest = await store('rotten', randomBytes(700_000));
    await store('four', randomBytes(10));
    await flipOneBit('rotten');
    const report = await run(open());
    expect(report).toMatchObject({ blobs: 5, damaged: 1, missing: 0, unreadable: 0, endedRound: true });
    expect(await listLost()).toEqual(['rotten']);
    expect(await storage.findObjectSize('rotten')).toBeUndefined();
    expect(await findFile('rotten')).toContain('quarantine');
    expect(await listJournal()).toEqual([{ kind: 'blob.damaged', digest, sizeBytes: 700_000, storageKey: 'rotten' }]);
    expect(errors).toHaveLength(1);
    expect(await run(open())).toMatchObject({ blobs: 4, damaged: 0 });
  });

  it('tells a copy that is too short from one that is gone, and keeps count of both', async () => {
    await store('short', randomBytes(1_000));
    await store('gone', randomBytes(1_000));
    await writeFile(await findFile('short'), 'short');
    await storage.deleteObject('gone');
    const scrub = open();
    expect(await run(scrub)).toMatchObject({ damaged: 1, missing: 1 });
    expect((await listLost()).toSorted()).toEqual(['gone', 'short']);
    expect((await listJournal()).map((entry) => entry.kind)).toEqual(['blob.damaged', 'blob.missing']);
    expect(await scrub.state()).toMatchObject({ damaged: 1, missing: 1, lastBlobId: 0, roundBlobs: 2 });
  });

  it('condemns nothing because the medium fails to read', async () => {
    await store('here', randomBytes(1_000));
    const failing: BlobStorage = Object.assign(Object.create(storage), {
      // biome-ignore lint/correctness/useYield: it fails before the first piece
      async *readObject() {
        throw Object.assign(new Error('input/output error'), { code: 'EIO' });
      },
    });
    expect(await run(open({ storage: failing }))).toMatchObject({ unreadable: 1, damaged: 0, missing: 0 });
    expect(await listLost()).toEqual([]);
    expect(errors[0]).toContain('could not be read');
  });

  it('goes on where the last run ended, and begins again after the last copy', async () => {
    for (const name of ['one', 'two', 'three']) await store(name, randomBytes(1_000));
    let now = 0;
    // Each look at the clock takes a second: a run of three seconds reads one copy.
    const clock = { now: () => (now += 1_000) };
    const scrub = open({ clock, settings: { ...FAST, runMs: 5_000 } });
    const reports = [];
    for (let index = 0; index < 12; index += 1) reports.push(await run(scrub));
    expect(reports[0]?.endedRound).toBe(false);
    expect(reports.some((report) => report.endedRound)).toBe(true);
    expect(reports.reduce((sum, report) => sum + report.blobs, 0)).toBeGreaterThan(3);
  });

  it('keeps its rate, and stops in the middle of a copy when it is told to', async () => {
    await store('large', randomBytes(1_000_000));
    const startedAt = performance.now();
    await run(open({ settings: { bytesPerSecond: 4_000_000, runMs: 60_000 } }));
    expect(performance.now() - startedAt).toBeGreaterThan(200);
    const slow = open({ settings: { bytesPerSecond: 1_000, runMs: 60_000 } });
    const stopped = slow.run({ signal: AbortSignal.timeout(50) });
    await expect(stopped).rejects.toThrow();
    expect(await listLost()).toEqual([]);
  });
});
