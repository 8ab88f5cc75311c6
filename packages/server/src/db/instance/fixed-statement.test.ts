import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../test/in-process/test-database.ts';
import { fixedStatement } from './fixed-statement.ts';

interface Setting {
  readonly name: string;
  readonly value: string;
}

describe.each(ENGINES)('a fixed statement on %s', (engine) => {
  let test: TestDatabase;
  let builds = 0;
  const insert = fixedStatement<Setting>((db, { name, value }) => {
    builds += 1;
    return db
      .insertInto('settings')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }));
  });
  const find = fixedStatement<{ readonly name: string }, Setting>((db, { name }) =>
    db.selectFrom('settings').selectAll().where('name', '=', name),
  );

  beforeEach(async () => {
    test = await openTestDatabase(engine);
    builds = 0;
  });
  afterEach(() => test.close());

  it('is built once, and bound to the values of each call', async () => {
    const { database } = test;
    for (const name of ['a', 'b', 'c']) await database.write((tx) => insert(tx, { name, value: `value of ${name}` }));
    await database.write((tx) => insert(tx, { name: 'b', value: 'another' }));
    expect(builds).toBe(1);
    expect((await find(database.reader, { name: 'a' })).rows).toEqual([{ name: 'a', value: 'value of a' }]);
    expect((await find(database.reader, { name: 'b' })).rows).toEqual([{ name: 'b', value: 'another' }]);
    expect((await find(database.reader, { name: 'x' })).rows).toEqual([]);
  });

  it('is not built again for another database of the engine', async () => {
    const again = await test.openAgain();
    await test.database.write((tx) => insert(tx, { name: 'a', value: '1' }));
    await again.write((tx) => insert(tx, { name: 'a', value: '2' }));
    expect(builds).toBe(0);
    expect((await find(again.reader, { name: 'a' })).rows).toEqual([{ name: 'a', value: '2' }]);
  });
});
