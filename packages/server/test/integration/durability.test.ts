import { type Digest, MEDIA_TYPES } from '@roadstead/oci';
import { afterEach, describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../src/content/repositories/visibility.ts';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';
import { type BlobStorage, StorageFullError } from '../../src/drivers/blob-storage/blob-storage.ts';
import { type Database, DatabaseFullError } from '../../src/drivers/database/database.ts';
import { collectBytes } from './support/collect.ts';
import { ENGINES } from './support/engines.ts';
import { type OpenContent, openContent } from './support/open-content.ts';
import { override } from './support/override.ts';
import { digestOf, freshBytes, sampleIndex } from './support/sample-content.ts';

/** A failure that is switched on for the next call, and counts. */
interface Fault {
  error: Error | undefined;
  calls: number;
}

describe.each(ENGINES)('bytes before rows on %s (invariant 1)', (engine) => {
  let opened: OpenContent;

  afterEach(() => opened?.close());

  const start = () => opened.content.uploads.create(opened.repository, opened.actor, 'sha256');
  const bodyOf = (bytes: Buffer) => ({ pieces: pieces(bytes), start: undefined, sizeBytes: bytes.length });
  const close = (id: string, bytes: Buffer, digest = digestOf(bytes)) =>
    opened.content.uploads.close(id, opened.repository, opened.actor, {
      digest: digest as Digest,
      body: bodyOf(bytes),
    });
  const find = (bytes: Buffer) => opened.content.blobReads.find('team/app', digestOf(bytes) as Digest);
  const countBlobs = async () => (await opened.database.reader.selectFrom('blobs').select('id').execute()).length;

  async function expectNoRowWithoutBytes() {
    const keys = new Set(await opened.listObjectKeys());
    const rows = await opened.database.reader.selectFrom('blobs').select('storage_key').execute();
    expect(rows.filter((row) => !keys.has(row.storage_key))).toEqual([]);
  }

  it.each([
    ['completeUpload', 300_000],
    ['putObject', 1024],
  ] as const)('holds when %s fails: no row, no readable blob, and a new upload works', async (method, sizeBytes) => {
    const fault: Fault = { error: new StorageFullError('full'), calls: 0 };
    opened = await openContent({ engine, wrapStorage: (storage) => failing(storage, method, fault) });
    const bytes = freshBytes(sizeBytes);
    const upload = await start();
    await expect(close(upload.id, bytes)).rejects.toMatchObject({ code: 'INSUFFICIENT_STORAGE' });
    expect(fault.calls).toBe(1);
    expect(await find(bytes)).toBeUndefined();
    expect(await countBlobs()).toBe(0);
    fault.error = undefined;
    await close((await start()).id, bytes);
    expect(await find(bytes)).toMatchObject({ size: bytes.length });
    await expectNoRowWithoutBytes();
  });

  it('holds when the database refuses the row: the object is there as an orphan at most', async () => {
    const fault: Fault = { error: undefined, calls: 0 };
    opened = await openContent({ engine, wrapDatabase: (database) => failingWrites(database, fault) });
    const bytes = freshBytes();
    const upload = await start();
    fault.error = new DatabaseFullError('the disk is full');
    await expect(close(upload.id, bytes)).rejects.toThrow('the disk is full');
    fault.error = undefined;
    expect(await find(bytes)).toBeUndefined();
    expect(await countBlobs()).toBe(0);
    expect((await opened.listObjectKeys()).length).toBeLessThanOrEqual(1);
    await close((await start()).id, bytes);
    expect(await find(bytes)).toMatchObject({ size: bytes.length });
    await expectNoRowWithoutBytes();
  });

  it('holds when the answer to the commit is lost although it was made: the row keeps its bytes', async () => {
    const fault: Fault = { error: undefined, calls: 0 };
    opened = await openContent({ engine, wrapDatabase: (database) => losingAnswers(database, fault) });
    const bytes = freshBytes();
    const upload = await start();
    fault.error = new Error('connection terminated unexpectedly');
    await expect(close(upload.id, bytes)).rejects.toThrow('connection terminated');
    fault.error = undefined;
    const blob = await find(bytes);
    expect(blob).toMatchObject({ size: bytes.length });
    if (blob === undefined) throw new Error('checked above');
    const read = await collectBytes(opened.content.readBlob(blob, 0, blob.size));
    expect(read.equals(bytes)).toBe(true);
    await expectNoRowWithoutBytes();
  });

  it('holds when the advance of an upload is not written: the old offset stays valid', async () => {
    const fault: Fault = { error: undefined, calls: 0 };
    opened = await openContent({ engine, wrapDatabase: (database) => failingWrites(database, fault) });
    const bytes = freshBytes(2_000);
    const { uploads } = opened.content;
    const upload = await start();
    await uploads.append(upload.id, opened.repository, opened.actor, bodyOf(bytes.subarray(0, 500)));
    fault.error = new Error('no connection');
    const lost = uploads.append(upload.id, opened.repository, opened.actor, bodyOf(freshBytes(900)));
    await expect(lost).rejects.toThrow('no connection');
    fault.error = undefined;
    expect((await uploads.get(upload.id, opened.repository, opened.actor)).state.size).toBe(500);
    await uploads.append(upload.id, opened.repository, opened.actor, bodyOf(bytes.subarray(500)));
    await uploads.close(upload.id, opened.repository, opened.actor, {
      digest: digestOf(bytes) as Digest,
      body: undefined,
    });
    const blob = await find(bytes);
    expect(blob).toMatchObject({ size: bytes.length });
  });

  it('holds for what was never completed: an upload in progress is no blob (invariant 8)', async () => {
    opened = await openContent({ engine });
    const bytes = freshBytes();
    const upload = await start();
    await opened.content.uploads.append(upload.id, opened.repository, opened.actor, bodyOf(bytes));
    expect(await find(bytes)).toBeUndefined();
    expect(await opened.content.blobReads.findHolder(digestOf(bytes) as Digest, EVERYTHING)).toBeUndefined();
    expect(await opened.listObjectKeys()).toEqual([]);
    await opened.content.uploads.close(upload.id, opened.repository, opened.actor, {
      digest: digestOf(bytes) as Digest,
      body: undefined,
    });
    expect(await find(bytes)).toMatchObject({ size: bytes.length });
  });

  it('holds for a manifest whose tag cannot be moved: neither the one nor the other is there', async () => {
    opened = await openContent({ engine });
    const manifest = sampleIndex([]);
    const push = opened.content.manifests.put(opened.repository, opened.actor, {
      reference: { kind: 'tag', tag: 'v1' },
      tags: ['v2'],
      bytes: manifest.bytes,
      contentType: MEDIA_TYPES.ociImageIndex,
      conditions: { ifMatch: '"sha256:other"', ifNoneMatch: undefined },
    });
    await expect(push).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    for (const table of ['manifests', 'tags', 'tag_history', 'repositories'] as const) {
      expect(await opened.database.reader.selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
    const journal = await opened.database.reader.selectFrom('journal').selectAll().execute();
    expect(journal.filter((row) => row.kind.startsWith('manifest') || row.kind.startsWith('tag'))).toEqual([]);
  });
});

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function failing(storage: BlobStorage, method: 'completeUpload' | 'putObject', fault: Fault): BlobStorage {
  const fail = <Input extends readonly unknown[], Output>(call: (...input: Input) => Promise<Output>) => {
    return async (...input: Input): Promise<Output> => {
      fault.calls += 1;
      if (fault.error !== undefined) throw fault.error;
      return call(...input);
    };
  };
  return override(
    storage,
    method === 'putObject'
      ? { putObject: fail(storage.putObject.bind(storage)) }
      : { completeUpload: fail(storage.completeUpload.bind(storage)) },
  );
}

function failingWrites(database: Database<InstanceSchema>, fault: Fault): Database<InstanceSchema> {
  return wrapWrite(database, (command) =>
    database.write(async (tx) => {
      const result = await command(tx);
      if (fault.error !== undefined) throw fault.error;
      return result;
    }),
  );
}

/** The write is made, and its answer does not come. */
function losingAnswers(database: Database<InstanceSchema>, fault: Fault): Database<InstanceSchema> {
  return wrapWrite(database, async (command) => {
    const result = await database.write(command);
    if (fault.error !== undefined) throw fault.error;
    return result;
  });
}

function wrapWrite(
  database: Database<InstanceSchema>,
  write: Database<InstanceSchema>['write'],
): Database<InstanceSchema> {
  return override(database, { write });
}
