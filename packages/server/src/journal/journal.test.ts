import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INSTANCE_MIGRATIONS } from '../db/instance/migrations.ts';
import type { InstanceSchema } from '../db/instance/schema.ts';
import { migrateDatabase } from '../db/migrate.ts';
import type { Database } from '../drivers/database/database.ts';
import { openSqliteDatabase } from '../drivers/database/sqlite/sqlite-database.ts';
import type { Actor } from '../kernel/actor.ts';
import { appendJournal } from './journal.ts';
import { journalAuditSink } from './journal-audit-sink.ts';

const ACTOR: Actor = {
  principal: { kind: 'user', id: 3, name: 'ann', isAdministrator: false },
  requestId: 'request-1',
  address: '192.0.2.1',
  userAgent: 'test/1',
};

describe('the journal', () => {
  let folder: string;
  let database: Database<InstanceSchema>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-journal-'));
    database = await openSqliteDatabase<InstanceSchema>(path.join(folder, 'journal.sqlite'));
    await migrateDatabase(database, INSTANCE_MIGRATIONS);
  });
  afterEach(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  const rows = () => database.reader.selectFrom('journal').selectAll().orderBy('id').execute();
  const append = (kind: string) =>
    database.write((tx) => appendJournal(tx, { at: 1, actor: ACTOR, kind, detail: { answer: 42, none: null } }));

  it('keeps who did what from where, and the details as JSON', async () => {
    await append('tag.moved');
    expect(await rows()).toEqual([
      {
        id: 1,
        at: 1,
        kind: 'tag.moved',
        actor: 'user:3',
        request_id: 'request-1',
        address: '192.0.2.1',
        user_agent: 'test/1',
        project_id: null,
        repository: null,
        detail: '{"answer":42,"none":null}',
      },
    ]);
  });

  it('loses an entry together with the change that failed, and no other', async () => {
    const failing = database.write(async (tx) => {
      await appendJournal(tx, { at: 1, actor: ACTOR, kind: 'never', detail: {} });
      throw new Error('refused');
    });
    const results = await Promise.allSettled([append('before'), failing, append('after')]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await rows()).map((row) => row.kind)).toEqual(['before', 'after']);
  });

  it('grows in the order of the changes', async () => {
    await Promise.all(Array.from({ length: 100 }, (_, index) => append(`change-${index}`)));
    const ids = (await rows()).map((row) => row.id);
    expect(ids).toEqual(ids.toSorted((left, right) => left - right));
    expect(ids).toHaveLength(100);
  });

  it('takes audit events as entries like any other', async () => {
    await database.write((tx) =>
      journalAuditSink.record(tx, { at: 5, actor: ACTOR, kind: 'login', resource: 'ann', outcome: 'done' }),
    );
    const [row] = await rows();
    expect(row).toMatchObject({ kind: 'login', actor: 'user:3' });
    expect(JSON.parse(row?.detail ?? '')).toMatchObject({ resource: 'ann', outcome: 'done' });
  });
});
