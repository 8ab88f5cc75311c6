import { isConsistent, isIncluded, MerkleFrontier, parseVerifierKey } from '@roadstead/archive';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestAuditLog, type TestAuditLog } from '../../../test/in-process/test-audit-log.ts';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../test/in-process/test-database.ts';
import { listColumns } from '../../../test/in-process/test-recovery.ts';
import { SeededRandom } from '../../../test/support/seeded-random.ts';
import type { WritableInstanceDatabase } from '../../db/instance/instance-database.ts';
import { appendLogEntries } from './append-entries.ts';
import { readAuditState } from './audit-state.ts';
import { AuditTree, readLogSize } from './audit-tree.ts';
import { eraseAuditEntries } from './erase-entries.ts';
import { JOURNAL_COLUMNS } from './journal-payload.ts';
import { readIds } from './segment.ts';

describe.each(ENGINES)('the sequencer on %s', (engine) => {
  let test: TestDatabase;
  let database: WritableInstanceDatabase;
  let log: TestAuditLog;

  beforeEach(async () => {
    test = await openTestDatabase(engine, { inMemory: true });
    ({ database } = test);
    log = createTestAuditLog(database);
  });
  afterEach(() => test?.close());

  const journalIds = async () => {
    const rows = await database.reader.selectFrom('journal').select('id').orderBy('id').execute();
    return rows.map(({ id }) => id);
  };
  const loggedIds = async () => {
    const rows = await database.reader.selectFrom('audit_segments').selectAll().orderBy('number').execute();
    return rows.flatMap(({ entries }) => readIds(entries));
  };

  it('logs each row once, in order, in however many steps', async () => {
    for (const count of [1, 0, 254, 1, 1, 300]) {
      await log.append(count);
      expect(await log.sequencer.run()).toBe(count);
    }
    expect(await loggedIds()).toEqual(await journalIds());
    expect(await readLogSize(database.reader)).toBe(557);
    expect(await log.sequencer.run()).toBe(0);
  });

  it('leaves nothing to do behind it, and writes nothing when there is nothing', async () => {
    await log.append(5);
    await log.sequencer.run();
    await log.sequencer.run();
    const state = await readAuditState(database.reader);
    expect(state).toMatchObject({ settledId: (await journalIds()).at(-1), fence: undefined });
    await log.sequencer.run();
    expect(await readAuditState(database.reader)).toEqual(state);
  });

  it('logs no row again when it has forgotten how far it was', async () => {
    await log.append(40);
    await log.sequencer.run();
    await database.write((tx) => tx.updateTable('audit_state').set({ settled_id: 0 }).execute());
    await log.append(3);
    expect(await log.sequencer.run()).toBe(3);
    expect(await loggedIds()).toEqual(await journalIds());
  });

  it('writes nothing that was worked out for another state of the log', async () => {
    await log.append(3);
    const { revision } = await readAuditState(database.reader);
    await log.sequencer.run();
    const stale = { revision, segments: [], tiles: [], settledId: 0, fence: undefined };
    await expect(database.execute(appendLogEntries, stale)).rejects.toMatchObject({ code: 'CONFLICT' });
    await log.append(500);
    const another = createTestAuditLog(await test.openAgain());
    await Promise.allSettled([log.sequencer.run(), another.sequencer.run(), log.sequencer.run()]);
    await log.sequencer.run();
    expect((await loggedIds()).toSorted((left, right) => left - right)).toEqual(await journalIds());
  });

  it('vouches for every column of the journal', async () => {
    expect([...((await listColumns(database)).get('journal') ?? [])].toSorted()).toEqual(
      [...JOURNAL_COLUMNS].toSorted(),
    );
  });

  it('has proofs of every size and for every entry', async () => {
    const random = new SeededRandom(5);
    const roots = new Map<number, Buffer>();
    for (let step = 0; step < 12; step += 1) {
      await log.append(1 + random.below(90));
      await log.sequencer.run();
      const size = await readLogSize(database.reader);
      roots.set(size, (await new AuditTree(database.reader).frontier(size)).root());
    }
    const size = await readLogSize(database.reader);
    expect(size).toBeGreaterThan(300);
    const tree = new AuditTree(database.reader);
    const naive = new MerkleFrontier();
    for (let position = 0; position < size; position += 1) {
      naive.append(await tree.leafHash(position));
      const root = roots.get(naive.size);
      if (root !== undefined) expect(naive.root()).toEqual(root);
    }
    for (const [to, toRoot] of roots) {
      for (const [from, fromRoot] of roots) {
        if (from > to) continue;
        expect(isConsistent({ from, fromRoot, to, toRoot }, await tree.proveConsistency(from, to))).toBe(true);
      }
      for (let each = 0; each < 20; each += 1) {
        const position = random.below(to);
        const claim = { leafHash: await tree.leafHash(position), position, size: to, root: toRoot };
        expect(isIncluded(claim, await tree.proveInclusion(position, to))).toBe(true);
      }
    }
  });

  it('keeps a stump of what is erased, and tells of it', async () => {
    await log.append(300);
    await log.seal();
    const before = await log.verify();
    const ids = [3, 4, 5, 9, 290];
    expect(await database.execute(eraseAuditEntries, { ids: [...ids, 9999], reason: 'person', now: 7 })).toBe(5);
    await log.seal();
    expect(await journalIds()).not.toEqual(expect.arrayContaining([3]));
    const report = await log.verify();
    expect(before).toMatchObject({ isWhole: true, erased: 0 });
    expect(report).toMatchObject({ isWhole: true, erased: 5 });
    const lines = await log.exportLines();
    const stump = JSON.parse(lines.find((line) => line.includes('"stump"')) ?? '{}');
    expect(Object.keys(stump)).toEqual(['type', 'position', 'id', 'at', 'hash']);
    expect(lines.join('\n')).not.toContain('sha256:290');
  });

  it('signs with a new key when the one of before does not open, and tells of it', async () => {
    await log.append(2);
    await log.seal();
    await database.write((tx) =>
      tx
        .updateTable('audit_keys')
        .set({ private_key: Buffer.alloc(80, 1) })
        .execute(),
    );
    await log.append(2);
    await log.seal();
    const keys = (await log.keys.list()).map(({ key }) => parseVerifierKey(key));
    expect(keys).toHaveLength(2);
    expect(await log.verify()).toMatchObject({ isWhole: true, checkpoints: 2 });
    expect((await log.verify({ keys: keys.slice(0, 1) })).findings).toMatchObject([{ kind: 'signature' }]);
    const kinds = await database.reader.selectFrom('journal').select('kind').orderBy('id').execute();
    expect(kinds.filter(({ kind }) => kind === 'audit-key.created')).toHaveLength(2);
  });

  it('erases nothing that is not in the log yet', async () => {
    await log.append(2);
    expect(await database.execute(eraseAuditEntries, { ids: [1, 2], reason: 'person', now: 7 })).toBe(0);
    expect(await journalIds()).toEqual([1, 2]);
  });

  it('never appends what was erased while it was hashed', async () => {
    await log.append(3);
    await log.sequencer.run();
    const { revision } = await readAuditState(database.reader);
    await database.execute(eraseAuditEntries, { ids: [1], reason: 'person', now: 7 });
    const stale = { revision, segments: [], tiles: [], settledId: 9, fence: undefined };
    await expect(database.execute(appendLogEntries, stale)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

/** Where ids are given before commits. */
const CONCURRENT = ENGINES.filter((engine) => engine === 'postgres');

describe.each(CONCURRENT)('the sequencer beside many writers on %s', (engine) => {
  let test: TestDatabase;
  let database: WritableInstanceDatabase;
  let log: TestAuditLog;

  beforeEach(async () => {
    test = await openTestDatabase(engine);
    ({ database } = test);
    log = createTestAuditLog(database);
  });
  afterEach(() => test?.close());

  const ROW = { at: 1, kind: 'late', actor: 'user:1', request_id: '', address: '', user_agent: '', detail: '{}' };

  /** A transaction that has written to the journal and is not over. */
  async function beginWriter(): Promise<{ end(commits?: boolean): Promise<void> }> {
    const begun = Promise.withResolvers<void>();
    const ending = Promise.withResolvers<boolean>();
    const written = database.write(async (tx) => {
      await tx.insertInto('journal').values(ROW).execute();
      begun.resolve();
      if (!(await ending.promise)) throw new Error('rolled back');
    });
    written.catch(begun.reject);
    await begun.promise;
    return {
      end: async (commits = true) => {
        ending.resolve(commits);
        await written.catch(() => undefined);
      },
    };
  }

  const loggedIds = async () => {
    const rows = await database.reader.selectFrom('audit_segments').selectAll().orderBy('number').execute();
    return rows.flatMap(({ entries }) => readIds(entries));
  };
  const settledId = async () => (await readAuditState(database.reader)).settledId;

  it('logs a row that is committed after one with a higher id', async () => {
    const late = await beginWriter();
    await log.append(2);
    await log.sequencer.run();
    expect(await loggedIds()).toEqual([2, 3]);
    expect(await settledId()).toBe(0);
    await log.append(1);
    await log.sequencer.run();
    await late.end();
    await log.sequencer.run();
    expect(await loggedIds()).toEqual([2, 3, 4, 1]);
    await log.sequencer.run();
    expect(await settledId()).toBe(4);
    await log.seal();
    expect(await log.verify()).toMatchObject({ isWhole: true });
  });

  it('does not wait for a row that was rolled back, nor for one that began later', async () => {
    const rolledBack = await beginWriter();
    await log.append(1);
    await log.sequencer.run();
    await rolledBack.end(false);
    const later = await beginWriter();
    await log.sequencer.run();
    expect(await settledId()).toBe(2);
    await later.end();
    await log.sequencer.run();
    await log.sequencer.run();
    expect(await loggedIds()).toEqual([2, 3]);
    expect(await settledId()).toBe(3);
  });

  it('misses none of many writers that end in any order', async () => {
    const random = new SeededRandom(11);
    const open: { end(commits?: boolean): Promise<void> }[] = [];
    for (let step = 0; step < 120; step += 1) {
      const action = random.below(4);
      if (action < 2 && open.length < 2) open.push(await beginWriter());
      else if (action === 2 && open.length > 0)
        await open.splice(random.below(open.length), 1)[0]?.end(random.below(4) > 0);
      else await log.sequencer.run();
    }
    for (const each of open) await each.end();
    await log.sequencer.run();
    const rows = await database.reader.selectFrom('journal').select('id').orderBy('id').execute();
    const ids = rows.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(20);
    expect((await loggedIds()).toSorted((left, right) => left - right)).toEqual(ids);
    expect(await settledId()).toBe(ids.at(-1));
  });
});
