import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, openTestDatabase, type TestDatabase } from '../../../test/in-process/test-database.ts';
import { listColumns } from '../../../test/in-process/test-recovery.ts';
import { NOT_RECOVERED, RECOVERED_TABLES } from './recovered-tables.ts';

describe.each(ENGINES)('what is shipped of a database on %s', (engine) => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await openTestDatabase(engine);
  });
  afterAll(() => test?.close());

  it('is every column of every table, but those of which it says why not', async () => {
    const shipped = new Set<string>();
    for (const { name, key, columns, parts } of RECOVERED_TABLES) {
      for (const column of [...key, ...columns]) shipped.add(`${name}.${column}`);
      if (parts === undefined) continue;
      for (const column of [parts.of, ...parts.columns]) shipped.add(`${parts.table}.${column}`);
    }
    const isExplained = (table: string, column: string) =>
      NOT_RECOVERED[table] !== undefined || NOT_RECOVERED[`${table}.${column}`] !== undefined;
    for (const [table, columns] of await listColumns(test.database)) {
      for (const column of columns) {
        const name = `${table}.${column}`;
        expect(shipped.has(name) || isExplained(table, column), `${name} is neither shipped nor explained`).toBe(true);
        expect(shipped.has(name) && isExplained(table, column), `${name} is both`).toBe(false);
        shipped.delete(name);
      }
    }
    expect([...shipped], 'shipped, and not in the schema').toEqual([]);
  });
});
