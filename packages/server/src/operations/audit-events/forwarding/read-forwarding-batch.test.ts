import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSharedTestDatabase, type SharedTestDatabase } from '../../../../test/in-process/shared-test-database.ts';
import { ENGINES } from '../../../../test/in-process/test-database.ts';
import { appendJournal } from '../../../journal/journal.ts';
import { systemActor } from '../../../kernel/actor.ts';
import type { ForwardingGap } from './forwarding-gaps.ts';
import { readForwardingBatch } from './read-forwarding-batch.ts';

describe.each(ENGINES)('what is to be forwarded on %s', (engine) => {
  let test: SharedTestDatabase;
  let place: { lastId: number; gaps: readonly ForwardingGap[] };

  beforeAll(async () => {
    test = await openSharedTestDatabase(engine, ['journal', 'row_changes']);
  });
  afterAll(() => test?.close());
  beforeEach(async () => {
    await test.reset();
    await append('first');
    const { id } = await test.database.reader.selectFrom('journal').select('id').executeTakeFirstOrThrow();
    place = { lastId: id - 1, gaps: [] };
  });

  const append = (resource: string) =>
    test.database.write((tx) =>
      appendJournal(tx, { at: 1, actor: systemActor('test'), kind: 'test', detail: { resource } }),
    );

  /** Takes the next batch, and moves on. */
  async function take(limit = 100, maxGaps = 100): Promise<readonly string[]> {
    const { entries, lastId, gaps } = await readForwardingBatch(test.database, place, { limit, maxGaps });
    place = { lastId, gaps };
    return entries.map(({ resource }) => resource);
  }

  it('is every entry once, in order, in batches', async () => {
    for (const name of ['b', 'c', 'd', 'e']) await append(name);
    expect(await take(2)).toEqual(['first', 'b']);
    expect(await take(2)).toEqual(['c', 'd']);
    expect(await take(2)).toEqual(['e']);
    expect(await take(2)).toEqual([]);
    await append('f');
    expect(await take()).toEqual(['f']);
    expect(place.gaps).toEqual([]);
  });

  if (engine === 'sqlite') return;

  /** What ends the transactions of a test that has failed before it did. */
  const endings: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });

  /** A transaction that has its id and does not end before it is told to. */
  async function begin(resource: string) {
    const database = await test.openAgain();
    const began = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const done = database
      .write(async (tx) => {
        await appendJournal(tx, { at: 1, actor: systemActor('test'), kind: 'test', detail: { resource } });
        // What was sent without waiting for the answer has one by now.
        await tx.selectFrom('journal').select('id').limit(1).execute();
        began.resolve();
        await end.promise;
      })
      .catch((error: unknown) => {
        if (!String(error).includes('undone')) throw error;
      });
    await began.promise;
    const commit = () => {
      end.resolve();
      return done;
    };
    const undo = () => {
      end.reject(new Error('undone'));
      return done;
    };
    endings.push(undo);
    return { commit, undo };
  }

  // Ids are given before the commit: a reader that only remembers the highest one would never see this entry.
  it('is also what was committed behind a higher id, however late', async () => {
    const late = await begin('late');
    await append('early');
    expect(await take()).toEqual(['first', 'early']);
    expect(place.gaps).toHaveLength(1);
    expect(await take()).toEqual([]);
    expect(place.gaps).toHaveLength(1);
    await append('next');
    expect(await take()).toEqual(['next']);
    await late.commit();
    expect(await take()).toEqual(['late']);
    expect(place.gaps).toEqual([]);
  });

  // What the database counts as running has no place yet for a transaction that has only got an id.
  it('is also what has its id before the database counts its transaction, however long that stands still', async () => {
    const database = await test.openAgain();
    const [began, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // The database writes down ids ahead of their use, and counts the transaction that made it do so.
    await append('second');
    const done = database.write(async (tx) => {
      await sql`lock table journal in row exclusive mode`.execute(tx);
      const { rows } = await sql<{ id: number }>`
        select nextval(pg_get_serial_sequence('journal', 'id'))::int as id`.execute(tx);
      began.resolve();
      await end.promise;
      await sql`insert into journal (id, at, kind, actor, request_id, address, user_agent, detail)
        overriding system value values (${rows[0]?.id}, 1, 'test', 'test', '', '', '', '{"resource":"late"}')`.execute(
        tx,
      );
    });
    endings.push(() => {
      end.resolve();
      return done;
    });
    await began.promise;
    await append('early');
    expect(await take()).toEqual(['first', 'second', 'early']);
    expect(place.gaps).toHaveLength(1);
    expect(await take()).toEqual([]);
    expect(place.gaps).toHaveLength(1);
    end.resolve();
    await done;
    expect(await take()).toEqual(['late']);
    expect(place.gaps).toEqual([]);
  });

  it('is nothing where a transaction was undone, which is forgotten when all that were open have ended', async () => {
    const undone = await begin('undone');
    const slow = await begin('slow');
    await append('early');
    await undone.undo();
    expect(await take()).toEqual(['first', 'early']);
    expect(await take()).toEqual([]);
    expect(place.gaps).toHaveLength(1);
    // Who came later is not waited for.
    const later = await begin('later');
    await slow.commit();
    expect(await take()).toEqual(['slow']);
    expect(place.gaps).toEqual([]);
    await later.commit();
    expect(await take()).toEqual(['later']);
  });

  it('waits when there are too many gaps to remember, and skips nothing', async () => {
    const open = [];
    for (let index = 0; index < 3; index += 1) {
      open.push(await begin(`late ${index}`));
      await append(`early ${index}`);
    }
    expect(await take(100, 2)).toEqual(['first', 'early 0', 'early 1']);
    expect(await take(100, 2)).toEqual([]);
    for (const each of open) await each.commit();
    expect(await take(100, 2)).toEqual(['late 0', 'late 1', 'late 2', 'early 2']);
    expect(place.gaps).toEqual([]);
  });

  it('is everything once when many write, undo and read at the same time', async () => {
    const seen: string[] = [...(await take())];
    let isOver = false;
    const databases = await Promise.all(Array.from({ length: 3 }, () => test.openAgain()));
    const writers = databases.map(async (database, writer) => {
      for (let index = 0; index < 60; index += 1) {
        await database
          .write(async (tx) => {
            const detail = { resource: `${writer}-${index}` };
            await appendJournal(tx, { at: 1, actor: systemActor('test'), kind: 'test', detail });
            await tx.selectFrom('journal').select('id').limit(1).execute();
            await new Promise((resolve) => setTimeout(resolve, (index * 7 + writer) % 5));
            if (index % 6 === 5) throw new Error('undone');
          })
          .catch((error: unknown) => {
            if (!String(error).includes('undone')) throw error;
          });
      }
    });
    const reading = (async () => {
      while (!isOver) seen.push(...(await take(20)));
    })();
    await Promise.all(writers);
    isOver = true;
    await reading;
    for (let rest = await take(); rest.length > 0; rest = await take()) seen.push(...rest);
    const rows = await test.database.reader.selectFrom('journal').select('detail').execute();
    const written = rows.map(({ detail }) => JSON.parse(detail).resource as string);
    expect(written).toHaveLength(151);
    expect(seen.toSorted()).toEqual(written.toSorted());
  });
});
