import { createHash, randomBytes } from 'node:crypto';
import { parseDigest } from '@roadstead/oci';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTestContent, type TestContent } from '../../../../test/in-process/test-content.ts';
import { ENGINES } from '../../../../test/in-process/test-database.ts';
import { override } from '../../../../test/integration/support/override.ts';
import { toDigestBytes } from '../../../content/digest-bytes.ts';
import { type BlobStorage, StorageFullError } from '../../../drivers/blob-storage/blob-storage.ts';
import { createMemoryMedium, createMemoryStorage } from '../../../drivers/blob-storage/memory/memory-storage.ts';
import { IdSet } from './id-set.ts';
import { type PassOptions, type PassProgress, StorageMove } from './storage-move.ts';

const FULL: PassOptions = { concurrency: 3, isFull: true };

describe.each(ENGINES)('moving stored copies, with rows on %s', (engine) => {
  let content: TestContent;
  let source: BlobStorage;
  let target: BlobStorage;
  let targetObjects: Map<string, Uint8Array>;

  beforeAll(async () => {
    content = await openTestContent({ engine });
  });
  afterAll(() => content?.close());
  beforeEach(async () => {
    await content.reset();
    source = createMemoryStorage(content.medium);
    const medium = createMemoryMedium();
    targetObjects = medium.objects;
    target = createMemoryStorage(medium);
  });

  const createMove = (storages: Partial<{ source: BlobStorage; target: BlobStorage }> = {}) =>
    new StorageMove({ database: content.database, clock: content.clock, source, target, ...storages }, new IdSet());

  /** A blob with its stored copy. @returns its id and key */
  async function addBlob(bytes: Buffer = randomBytes(3_000)): Promise<{ id: number; key: string }> {
    const key = `k${randomBytes(8).toString('hex')}`;
    const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    const row = { size: bytes.length, storage_key: key, encoding: 'plain', key_id: null, lost_at: null, created_at: 1 };
    const { id } = await content.database.write(async (tx) => {
      const inserted = await tx.insertInto('blobs').values(row).returning('id').executeTakeFirstOrThrow();
      await tx
        .insertInto('blob_digests')
        .values({ digest: toDigestBytes(digest), blob_id: inserted.id })
        .execute();
      return inserted;
    });
    content.medium.objects.set(key, bytes);
    return { id, key };
  }

  const change = (id: number, values: { lost_at?: number; deleting_at?: number; storage_key?: string }) =>
    content.database.write((tx) => tx.updateTable('blobs').set(values).where('id', '=', id).execute());
  const holds = () => content.database.reader.selectFrom('collection_holds').select('name').execute();

  it('copies every copy once, with so many under way as was said, and tells how far it is', async () => {
    for (let count = 0; count < 450; count += 1) await addBlob(Buffer.from(`blob ${count}`));
    let [running, most] = [0, 0];
    const counting = override(target, {
      importObject: async (...args) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        await target.importObject(...args);
        running -= 1;
      },
    });
    const said: PassProgress[] = [];
    const report = await createMove({ target: counting }).runPass({
      ...FULL,
      onProgress: (progress) => said.push(progress),
    });
    expect(report).toMatchObject({ copied: 450, there: 0, gone: 0, lost: 0, failures: [] });
    expect([targetObjects.size, most]).toEqual([450, 3]);
    expect(said.at(-1)).toMatchObject({ objects: 450, bytes: report.total.bytes, copiedBytes: report.total.bytes });
    expect([...targetObjects.keys()].toSorted()).toEqual([...content.medium.objects.keys()].toSorted());
  });

  it('keeps the collector away while it copies, and not longer, also when it fails', async () => {
    await addBlob();
    const seen: unknown[] = [];
    const full = override(target, {
      importObject: async () => {
        seen.push(await holds());
        throw new StorageFullError('no room');
      },
    });
    await expect(createMove({ target: full }).runPass(FULL)).rejects.toThrow('no room');
    expect(seen).toEqual([[{ name: 'move-storage' }]]);
    expect(await holds()).toEqual([]);
  });

  it('of what changes meanwhile it says that it is gone, and copies the new copy in the next pass', async () => {
    const blobs = [await addBlob(), await addBlob(), await addBlob()];
    const bytes = content.medium.objects.get(blobs[0]?.key ?? '') ?? Buffer.of();
    const changing = override(source, {
      findObjectSize: async (key) => {
        const index = blobs.findIndex((blob) => blob.key === key);
        const blob = blobs[index];
        if (blob !== undefined) content.medium.objects.delete(key);
        if (blob !== undefined && index === 0) {
          await change(blob.id, { storage_key: 'replaced' });
          content.medium.objects.set('replaced', bytes);
        }
        if (blob !== undefined && index === 1) await change(blob.id, { deleting_at: 1 });
        if (blob !== undefined && index === 2) await change(blob.id, { lost_at: 1 });
        return source.findObjectSize(key);
      },
    });
    const move = createMove({ source: changing });
    expect(await move.runPass(FULL)).toMatchObject({ gone: 2, lost: 1, copied: 0, failures: [] });
    expect(await move.runPass({ ...FULL, isFull: false })).toMatchObject({ copied: 1, lost: 1, total: { objects: 2 } });
    expect([...targetObjects.keys()]).toEqual(['replaced']);
  });

  it('copies what counts as lost where it is there again, and fails for what is not there without counting so', async () => {
    const [back, missing] = [await addBlob(), await addBlob()];
    await change(back.id, { lost_at: 1 });
    content.medium.objects.delete(missing.key);
    const report = await createMove().runPass(FULL);
    expect(report).toMatchObject({ copied: 1, failures: [{ kind: 'missing', storageKey: missing.key }] });
    expect([...targetObjects.keys()]).toEqual([back.key]);
  });

  it('reads twice what looks damaged: memory errs as well', async () => {
    const { key } = await addBlob();
    let reads = 0;
    const flaky = override(source, {
      readObject: async function* (...args) {
        reads += 1;
        for await (const piece of source.readObject(...args)) {
          const copy = Uint8Array.from(piece);
          if (reads === 1) copy[0] = (copy[0] ?? 0) ^ 1;
          yield copy;
        }
      },
    });
    expect(await createMove({ source: flaky }).runPass(FULL)).toMatchObject({ copied: 1, failures: [] });
    expect(targetObjects.get(key)).toEqual(content.medium.objects.get(key));
    expect(reads).toBe(2);
  });

  it('asks in a further pass for nothing that it has seen, and in a full one for everything', async () => {
    await addBlob();
    const asked: string[] = [];
    const watched = override(target, {
      findObjectSize: (key) => {
        asked.push(key);
        return target.findObjectSize(key);
      },
    });
    const move = createMove({ target: watched });
    await move.runPass(FULL);
    const { key } = await addBlob();
    expect(await move.runPass({ ...FULL, isFull: false })).toMatchObject({ there: 1, copied: 1 });
    expect(asked.slice(1)).toEqual([key]);
    await move.runPass(FULL);
    expect(asked).toHaveLength(4);
  });

  it('counts with --dry-run what a pass would do, and changes nothing', async () => {
    await addBlob();
    const report = await createMove().runPass({ ...FULL, isDryRun: true });
    expect(report).toMatchObject({ copied: 1, copiedBytes: 3_000 });
    expect(targetObjects.size).toBe(0);
    const settings = await content.database.reader.selectFrom('settings').selectAll().execute();
    expect(settings).toEqual([]);
  });

  it('stops at once when it is told to, and keeps what is copied', async () => {
    for (let count = 0; count < 20; count += 1) await addBlob();
    const controller = new AbortController();
    const onProgress = ({ objects }: PassProgress) => {
      if (objects === 5) controller.abort(new Error('enough'));
    };
    const pass = createMove().runPass({ ...FULL, onProgress, signal: controller.signal });
    await expect(pass).rejects.toThrow('enough');
    expect(targetObjects.size).toBeGreaterThanOrEqual(5);
    expect(targetObjects.size).toBeLessThan(12);
    expect(await createMove().runPass(FULL)).toMatchObject({ failures: [] });
    expect(targetObjects.size).toBe(20);
  });
});
