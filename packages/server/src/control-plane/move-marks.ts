import type { Kysely } from 'kysely';
import type { ControlPlaneSchema } from '../db/control-plane/schema.ts';
import type { Database } from '../drivers/database/database.ts';

/** Blobs were moved: whoever still writes to the former place writes what the new one does not have. */
export interface BlobsMark {
  /** Places as `describeBlobsPlace` names them. */
  readonly from: string;
  readonly to: string;
  /** Milliseconds UTC. */
  readonly at: number;
}

/** In both databases of a move: how far it has come, and under which name it knows itself again. */
export interface DatabaseMark {
  readonly moveId: string;
  /** What this database is in the move. */
  readonly side: 'source' | 'target';
  /** The other database, without its password. */
  readonly other: string;
  /** `moved` in a source whose content is in the other database, verified. */
  readonly state: 'copying' | 'moved';
  readonly at: number;
}

interface Marks {
  readonly 'blobs-move': BlobsMark;
  readonly 'database-move': DatabaseMark;
}

export type MarkName = keyof Marks;

/** Where the notes are: properties of the control plane, by these names. That of a database means nothing in another one. */
export const DATABASE_MARK = { table: 'properties', name: 'database-move' } as const satisfies {
  readonly table: keyof ControlPlaneSchema;
  readonly name: MarkName;
};

export async function findMark<Name extends MarkName>(
  db: Kysely<ControlPlaneSchema>,
  name: Name,
): Promise<Marks[Name] | undefined> {
  const row = await db.selectFrom('properties').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.value) as Marks[Name]);
}

export async function writeMark<Name extends MarkName>(
  database: Database<ControlPlaneSchema>,
  name: Name,
  mark: Marks[Name],
): Promise<void> {
  const value = JSON.stringify(mark);
  await database.write((tx) =>
    tx
      .insertInto('properties')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute(),
  );
}

/** @returns false when there was none */
export async function removeMark(database: Database<ControlPlaneSchema>, name: MarkName): Promise<boolean> {
  const removed = await database.write((tx) => tx.deleteFrom('properties').where('name', '=', name).executeTakeFirst());
  return removed.numDeletedRows > 0n;
}
