import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentClient, composeImage } from '../../../test/in-process/content-client.ts';
import { openTestContent, type TestContent } from '../../../test/in-process/test-content.ts';
import { ENGINES, openTestDatabase } from '../../../test/in-process/test-database.ts';
import { claimShipping, dumpDatabase, rebuild, type TestShipper } from '../../../test/in-process/test-recovery.ts';
import type { RepositoryRef } from '../../content/repository-ref.ts';
import type { BlobStorage } from '../../drivers/blob-storage/blob-storage.ts';
import { createMemoryMedium, createMemoryStorage } from '../../drivers/blob-storage/memory/memory-storage.ts';
import type { BaseLimits } from './base-writer.ts';
import { HEAD_NAME, parseRecordName } from './record-names.ts';
import { findRecoveryState, forgetChanges } from './recovery-state.ts';

describe.each(ENGINES)('what is shipped from %s', (engine) => {
  let test: TestContent;
  let storage: BlobStorage;
  let client: ContentClient;
  let repository: RepositoryRef;
  let pushes = 0;

  beforeEach(async () => {
    test = await openTestContent({ engine, inMemory: true });
    storage = createMemoryStorage(test.medium);
    client = new ContentClient(test.content, test.actor);
    repository = await test.createRepository('team', 'app');
  });
  afterEach(() => test?.close());

  const claim = (limits: Partial<BaseLimits> = {}, through = storage): Promise<TestShipper> =>
    claimShipping({ database: test.database, storage: through, clock: test.clock, limits });

  async function push(tag = 'latest'): Promise<void> {
    pushes += 1;
    const config = Buffer.from(`config ${pushes}`);
    await client.pushBlob(repository, config);
    await client.putManifest(repository, composeImage(config, [], { annotations: { push: `${pushes}` } }), tag);
  }

  /** What a rebuild from these records gives. */
  async function rebuilt(records = test.medium.records) {
    const other = await openTestDatabase(engine, { inMemory: true });
    try {
      const from = createMemoryStorage({ ...createMemoryMedium(), objects: test.medium.objects, records });
      const report = await rebuild({ database: other.database, storage: from, clock: test.clock });
      return { report, dump: await dumpDatabase(other.database) };
    } finally {
      await other.close();
    }
  }

  const countChanges = async () =>
    Number(
      (
        await test.database.reader
          .selectFrom('row_changes')
          .select((row) => row.fn.countAll().as('count'))
          .executeTakeFirstOrThrow()
      ).count,
    );
  const names = (kind: string) =>
    [...test.medium.records.keys()].filter((name) => parseRecordName(name)?.kind === kind).toSorted();

  it('is noted by the database, forgotten once it is shipped, and nothing when nothing has changed', async () => {
    const shipper = await claim();
    await push();
    expect(await countChanges()).toBeGreaterThan(5);
    expect(await shipper.ship()).toMatchObject({ records: 1, base: 1 });
    expect(await countChanges()).toBe(0);
    const before = new Map(test.medium.records);
    expect(await shipper.ship()).toMatchObject({ records: 0, rows: 0, base: undefined });
    expect(test.medium.records).toEqual(before);
  });

  it('is one state of the database at every record that says so, while many write and bases are made', async () => {
    const shipper = await claim({ maxRecords: 4, runMs: 0, rowsPerPart: 3 });
    while ((await shipper.ship()).base === undefined);
    const writing = Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let turn = 0; turn < 12; turn += 1) {
          await push(`tag-${(writer + turn) % 3}`);
          if (turn % 4 === 3) await client.delete(repository, `tag-${writer % 3}`).catch(() => undefined);
        }
      }),
    );
    const states: Map<string, Uint8Array>[] = [];
    let isWriting = true;
    const watched = writing.finally(() => {
      isWriting = false;
    });
    while (isWriting) {
      await shipper.ship();
      states.push(new Map(test.medium.records));
      // Where nothing has changed it takes no turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await watched;
    while ((await shipper.ship()).base === undefined);
    states.push(new Map(test.medium.records));
    // References that lead nowhere would not go into the other database.
    for (const records of states.filter((_, index) => index % 5 === 0)) await rebuilt(records);
    const { report, dump } = await rebuilt();
    expect(report).toMatchObject({ gap: undefined, badRecords: [] });
    expect(dump).toEqual(await dumpDatabase(test.database));
  }, 120_000);

  it('goes on after a crash between the record and the note of it, whoever goes on', async () => {
    const first = await claim();
    await push();
    await first.ship();
    for (const broken of ['putRecord', 'head'] as const) {
      await push();
      const dying = await claim({}, dieAfter(storage, broken));
      await expect(dying.ship()).rejects.toThrow('the process is gone');
      await push();
      const next = await claim();
      expect(await next.ship()).toMatchObject({ records: 1 });
    }
    expect(names('changes').length).toBeGreaterThan(3);
    const { report, dump } = await rebuilt();
    expect(report).toMatchObject({ gap: undefined, badRecords: [] });
    expect(dump).toEqual(await dumpDatabase(test.database));
  });

  it('is noted by nobody whose lease is lost, and what he has written over nothing does no harm', async () => {
    const lapsed = await claim();
    await push();
    await lapsed.ship();
    await push();
    const next = await claim();
    await expect(lapsed.ship()).rejects.toMatchObject({ code: 'CONFLICT' });
    await push();
    await next.ship();
    await push();
    await expect(lapsed.ship()).rejects.toMatchObject({ code: 'CONFLICT' });
    await next.ship();
    const { report, dump } = await rebuilt();
    expect(report).toMatchObject({ gap: undefined, badRecords: [] });
    expect(dump).toEqual(await dumpDatabase(test.database));
  });

  it('is bounded: what two verified bases make needless is removed, and either base will do', async () => {
    const shipper = await claim({ maxRecords: 2 });
    for (let round = 0; round < 12; round += 1) {
      await push();
      await shipper.ship();
    }
    expect(names('base-end')).toHaveLength(2);
    expect(names('changes').length).toBeLessThan(8);
    const newest = names('base-end').at(-1) ?? '';
    const records = new Map(test.medium.records);
    records.delete(newest);
    const { report, dump } = await rebuilt(records);
    expect(report.badRecords.map(({ name }) => name)).toEqual([newest]);
    expect(dump).toEqual(await dumpDatabase(test.database));
  });

  it('begins a lineage of its own when the database was brought back from a backup', async () => {
    const before = await claim();
    await push();
    await before.ship();
    const backup = await findRecoveryState(test.database.reader);
    for (let round = 0; round < 3; round += 1) {
      await push();
      await before.ship();
    }
    // As far as the shipping can tell, it is the database of then.
    await test.database.write((tx) =>
      tx
        .updateTable('settings')
        .set({ value: JSON.stringify(backup) })
        .where('name', '=', 'recovery')
        .execute(),
    );
    await push();
    const after = await claim();
    await after.ship();
    const state = await findRecoveryState(test.database.reader);
    expect(state).toMatchObject({ replaces: [backup?.lineage] });
    const { report, dump } = await rebuilt();
    expect(report.lineage).toBe(state?.lineage);
    expect(dump).toEqual(await dumpDatabase(test.database));
  });

  it('begins anew in another storage, where nothing of it lies', async () => {
    const before = await claim();
    await push();
    await before.ship();
    await push();
    const other = createMemoryMedium();
    const after = await claim({}, createMemoryStorage(other));
    expect(await after.ship()).toMatchObject({ base: 1 });
    expect((await rebuilt(other.records)).dump).toEqual(await dumpDatabase(test.database));
  });

  it('begins anew after nothing was shipped for a while, and the old records go in the end', async () => {
    const before = await claim();
    await push();
    await before.ship();
    const old = (await findRecoveryState(test.database.reader))?.lineage;
    await push();
    expect(await test.database.execute(forgetChanges, { limit: 1_000 })).toBeGreaterThan(0);
    expect(await countChanges()).toBe(0);
    const after = await claim({ maxRecords: 1 });
    await after.ship();
    expect((await rebuilt()).dump).toEqual(await dumpDatabase(test.database));
    for (let round = 0; round < 3; round += 1) {
      await push();
      await after.ship();
    }
    expect([...test.medium.records.keys()].filter((name) => name.includes(String(old)))).toEqual([]);
    expect((await rebuilt()).dump).toEqual(await dumpDatabase(test.database));
  });

  it('does not end a base that the storage does not give back as it was written', async () => {
    const forgetful = { ...methodsOf(storage), readRecord: async () => Buffer.from('something else') };
    await push();
    const shipper = await claim({}, forgetful as unknown as BlobStorage);
    await expect(shipper.ship()).rejects.toThrow('does not return the record');
    expect(names('base-end')).toEqual([]);
  });
});

/** A storage that carries out one call, and whose process is gone then. */
function dieAfter(storage: BlobStorage, what: 'putRecord' | 'head'): BlobStorage {
  return {
    ...methodsOf(storage),
    putRecord: async (name: string, bytes: Uint8Array) => {
      await storage.putRecord(name, bytes);
      if ((what === 'head') === (name === HEAD_NAME)) throw new Error('the process is gone');
    },
  } as unknown as BlobStorage;
}

function methodsOf(storage: BlobStorage) {
  return {
    putRecord: (name: string, bytes: Uint8Array) => storage.putRecord(name, bytes),
    readRecord: (name: string) => storage.readRecord(name),
    listRecords: (signal?: AbortSignal) => storage.listRecords(signal),
    deleteRecord: (name: string) => storage.deleteRecord(name),
  };
}
