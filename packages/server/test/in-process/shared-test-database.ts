import type { WritableInstanceDatabase } from '../../src/db/instance/instance-database.ts';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';
import { type Engine, openTestDatabase } from './test-database.ts';

/** One database for the tests of a file, emptied between them: to make one takes longer than most of them do. */
export interface SharedTestDatabase {
  readonly database: WritableInstanceDatabase;
  /** A second connection to the same data, as another process has it; a third, and so on. The next test gets the same ones. */
  openAgain(): Promise<WritableInstanceDatabase>;
  /** Empties the tables that the tests fill. */
  reset(): Promise<void>;
  /** Closes everything and removes the data. */
  close(): Promise<void>;
}

/** @param tables what to empty, in an order that references allow */
export async function openSharedTestDatabase(
  engine: Engine,
  tables: readonly (keyof InstanceSchema)[],
): Promise<SharedTestDatabase> {
  const { database, openAgain, close } = await openTestDatabase(engine);
  const opened: WritableInstanceDatabase[] = [];
  let used = 0;
  return {
    database,
    close,
    async openAgain() {
      const next = opened[used] ?? (await openAgain());
      opened[used] = next;
      used += 1;
      return next;
    },
    async reset() {
      used = 0;
      await database.write(async (tx) => {
        for (const table of tables) await tx.deleteFrom(table).execute();
      });
    },
  };
}
