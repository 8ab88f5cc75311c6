import { hashPayload, parseVerifierKey, type VerifierKey } from '@roadstead/archive';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestAuditLog, type TestAuditLog, verifyLines } from '../../../test/in-process/test-audit-log.ts';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../test/in-process/test-database.ts';
import type { WritableInstanceDatabase } from '../../db/instance/instance-database.ts';
import type { JournalRow } from '../../db/instance/schema.ts';
import { readLogSize } from './audit-tree.ts';
import { listCheckpoints } from './checkpoints.ts';
import { eraseAuditEntries } from './erase-entries.ts';
import { formatJournalPayload, JOURNAL_COLUMNS } from './journal-payload.ts';
import { LogWriter } from './log-writer.ts';
import { ENTRY_BYTES, packEntries, unpackEntries } from './segment.ts';

/** Somebody who may write to the database as he likes, and has not got the key's private half open. */
describe.each(ENGINES)('a log on %s that somebody has changed', (engine) => {
  let test: TestDatabase;
  let database: WritableInstanceDatabase;
  let log: TestAuditLog;
  let key: VerifierKey;
  let notes: string;

  beforeEach(async () => {
    test = await openTestDatabase(engine, { inMemory: true });
    ({ database } = test);
    log = createTestAuditLog(database);
    for (const count of [20, 240, 30, 10]) {
      await log.append(count);
      await log.seal();
    }
    key = parseVerifierKey((await log.keys.list())[0]?.key ?? '');
    notes = (await listCheckpoints(database.reader, 0, 100)).map(({ note }) => note).join('\n');
  });
  afterEach(() => test?.close());

  const found = async (options = {}) => (await log.verify(options)).findings;
  const update = (id: number, change: Partial<Record<keyof JournalRow, string | number | null>>) =>
    database.write((tx) =>
      tx
        .updateTable('journal')
        .set(change as object)
        .where('id', '=', id)
        .execute(),
    );
  const segment = async (number: number) => [
    ...unpackEntries(
      (
        await database.reader
          .selectFrom('audit_segments')
          .select('entries')
          .where('number', '=', number)
          .executeTakeFirstOrThrow()
      ).entries,
    ),
  ];
  const setSegment = (number: number, entries: Buffer) =>
    database.write((tx) =>
      tx.updateTable('audit_segments').set({ entries, size: entries.length }).where('number', '=', number).execute(),
    );
  const insert = (row: Record<string, string | number | null>) => {
    const overriding = database.capabilities.identityColumns ? sql`overriding system value` : sql``;
    const names = sql.join(Object.keys(row).map((name) => sql.ref(name)));
    return database.write((tx) =>
      sql`insert into journal (${names}) ${overriding} values (${sql.join(Object.values(row))})`.execute(tx),
    );
  };

  it('is whole before', async () => {
    const report = await log.verify({ keys: [key], witnesses: [notes] });
    expect(report).toMatchObject({ isWhole: true, size: 301, signedSize: 301, checkpoints: 4, limits: [] });
  });

  it('is named by the row, whichever of its columns was altered', async () => {
    const forged: Record<string, string | number | null> = {
      at: 5,
      kind: 'tag.deleted',
      actor: 'user:99',
      request_id: 'request-2',
      address: '192.0.2.99',
      user_agent: 'other',
      project_id: 2,
      repository: 'acme/other',
      detail: '{}',
    };
    for (const [column, value] of [...Object.entries(forged), ['project_id', null], ['repository', '']] as const) {
      const row = await database.reader
        .selectFrom('journal')
        .selectAll()
        .where('id', '=', 150)
        .executeTakeFirstOrThrow();
      await update(150, { [column]: value });
      expect(await found(), column).toMatchObject([{ kind: 'altered', id: 150 }]);
      await update(150, { [column]: row[column as keyof JournalRow] as string });
    }
    expect(Object.keys(forged).toSorted()).toEqual(JOURNAL_COLUMNS.filter((name) => name !== 'id').toSorted());
    expect(await found()).toEqual([]);
  });

  it('is named by the row that was deleted', async () => {
    await database.write((tx) => tx.deleteFrom('journal').where('id', 'in', [7, 280]).execute());
    expect(await found()).toMatchObject([
      { kind: 'deleted', id: 7 },
      { kind: 'deleted', id: 280 },
    ]);
  });

  it('is named by the row that was deleted and made a stump, which no erasure tells of', async () => {
    await database.write((tx) => tx.deleteFrom('journal').where('id', '=', 7).execute());
    const entries = await segment(0);
    await setSegment(0, packEntries(entries.map((each) => (each.id === 7 ? { ...each, salt: undefined } : each))));
    expect(await found()).toMatchObject([{ kind: 'deleted', id: 7 }]);
  });

  it('is named by both rows that were exchanged, and by the one that got another id', async () => {
    const swap = async (left: number, right: number) => {
      const rows = await database.reader.selectFrom('journal').selectAll().where('id', 'in', [left, right]).execute();
      for (const { id, ...row } of rows) await update(id === left ? right : left, row);
    };
    await swap(100, 101);
    expect(await found()).toMatchObject([
      { kind: 'altered', id: 100 },
      { kind: 'altered', id: 101 },
    ]);
    await swap(100, 101);
    const row = await database.reader.selectFrom('journal').selectAll().where('id', '=', 60).executeTakeFirstOrThrow();
    await database.write((tx) => tx.deleteFrom('journal').where('id', '=', 60).execute());
    await insert({ ...row, id: 5_000 });
    // It is a new one then, and nothing but that.
    await log.seal();
    expect(await found()).toMatchObject([{ kind: 'deleted', id: 60 }]);
  });

  it('is named by the row that was put in between, or in the place of an erased one', async () => {
    const row = await database.reader.selectFrom('journal').selectAll().where('id', '=', 60).executeTakeFirstOrThrow();
    for (const id of [0, -3]) {
      await insert({ ...row, id });
      expect(await found()).toMatchObject([{ kind: 'inserted', id }]);
      await log.seal();
      expect(await found()).toMatchObject([{ kind: 'inserted', id }]);
      await database.write((tx) => tx.deleteFrom('journal').where('id', '=', id).execute());
    }
    await database.execute(eraseAuditEntries, { ids: [60], reason: 'person', now: 1 });
    await log.seal();
    expect(await found()).toEqual([]);
    await insert({ ...row, id: 60 });
    expect(await found()).toMatchObject([{ kind: 'inserted', id: 60 }]);
  });

  it('is named by the range, when a row was rewritten together with its entry in the log', async () => {
    await update(30, { actor: 'user:99' });
    const row = await database.reader.selectFrom('journal').selectAll().where('id', '=', 30).executeTakeFirstOrThrow();
    const entries = await segment(0);
    const forged = entries.map((each) =>
      each.id === 30 && each.salt !== undefined
        ? { ...each, payloadHash: hashPayload(each.salt, formatJournalPayload(row)) }
        : each,
    );
    await setSegment(0, packEntries(forged));
    expect(await found()).toMatchObject([{ kind: 'rewritten', range: [20, 260] }]);
    // Also when its tree was made anew as well; and nothing is signed any more.
    await database.write((tx) => tx.deleteFrom('audit_tiles').execute());
    await log.append(1);
    await log.sequencer.run();
    await expect(log.checkpoints.make()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await found()).toMatchObject([{ kind: 'rewritten', range: [20, 260] }]);
  });

  it('is named by the range, when entries of the log were exchanged or one was taken out', async () => {
    const entries = await segment(0);
    const [left, right] = [entries[99], entries[100]];
    if (left === undefined || right === undefined) throw new Error('no entries');
    await setSegment(0, packEntries(entries.with(99, right).with(100, left)));
    expect(await found()).toMatchObject([{ kind: 'rewritten', range: [20, 260] }]);
    await setSegment(0, packEntries(entries));
    expect(await found()).toEqual([]);
    const last = await segment(1);
    await setSegment(1, packEntries(last.slice(1)));
    const kinds = (await found()).map(({ kind, range }) => [kind, range]);
    expect(kinds).toContainEqual(['rewritten', [261, 290]]);
  });

  it('cannot be told from a shorter one when its end was cut off, but by a witness', async () => {
    const cut = await segment(1);
    await setSegment(1, packEntries(cut).subarray(0, 35 * ENTRY_BYTES));
    await database.write(async (tx) => {
      await tx.deleteFrom('audit_checkpoints').where('size', '>', 291).execute();
      await tx.deleteFrom('journal').where('id', '>', 291).execute();
    });
    expect(await readLogSize(database.reader)).toBe(291);
    const report = await log.verify();
    expect(report).toMatchObject({ isWhole: true, size: 291 });
    expect(report.limits.join(' ')).toContain('cannot be seen without a witness');
    expect(await found({ witnesses: [notes] })).toMatchObject([{ kind: 'truncated', range: [291, 300] }]);
    // New entries in their place do not hide it.
    await log.append(30);
    await log.seal();
    expect((await log.verify()).isWhole).toBe(true);
    expect(await found({ witnesses: [notes] })).toMatchObject([{ kind: 'forked', position: 300 }]);
  });

  it('cannot be told from another one when all was made anew with another key, but by the key or a witness', async () => {
    await update(30, { actor: 'user:99' });
    await database.write(async (tx) => {
      for (const table of ['audit_segments', 'audit_tiles', 'audit_checkpoints', 'audit_keys'] as const)
        await tx.deleteFrom(table).execute();
      await tx.updateTable('audit_state').set({ settled_id: 0 }).execute();
    });
    await log.seal();
    expect(await log.verify()).toMatchObject({ isWhole: true, keySource: 'file' });
    const kinds = async (options: object) => [...new Set((await found(options)).map(({ kind }) => kind))];
    expect(await kinds({ keys: [key] })).toEqual(['signature']);
    expect(await kinds({ witnesses: [notes] })).toEqual(['signature']);
  });

  it('is named by a checkpoint that was altered, or taken from another place', async () => {
    const [first] = await listCheckpoints(database.reader, 0, 1);
    const note = first?.note.replace('\n20\n', '\n21\n') ?? '';
    await database.write((tx) => tx.updateTable('audit_checkpoints').set({ note }).where('size', '=', 20).execute());
    expect((await found()).map(({ kind }) => kind)).toEqual(['signature', 'checkpoint']);
  });

  it('stops the sequencer where its tree has holes', async () => {
    await database.write((tx) => tx.deleteFrom('audit_tiles').execute());
    const writer = await LogWriter.open(database.reader);
    const rows = await database.reader.selectFrom('journal').selectAll().limit(300).execute();
    await expect(writer.append(rows, Buffer.alloc(300 * 16, 1))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is read from its export alone', async () => {
    const lines = await log.exportLines();
    expect(verifyLines(lines, { keys: [key], witnesses: [notes] }).isWhole).toBe(true);
    expect(verifyLines(lines.slice(0, -1)).isWhole).toBe(false);
  });
});
