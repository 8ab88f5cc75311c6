import type { Digest } from '@roadstead/oci';
import type { Kysely } from 'kysely';
import { fromDigestBytes } from '../../../content/digest-bytes.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';

/** A stored copy that a row leads to. */
export interface StoredCopy {
  readonly id: number;
  readonly sizeBytes: number;
  readonly storageKey: string;
  /** Every name that its bytes have; none while the collector has not come to a blob that nobody uses. */
  readonly digests: readonly Digest[];
  /** A read has found it gone. */
  readonly isLost: boolean;
}

/** What there is to move. */
export interface StoredTotals {
  readonly objects: number;
  readonly bytes: number;
}

const PAGE_SIZE = 200;

/** In the order of their ids. What is being removed is none: nothing leads to it any more. */
export async function* listStoredCopies(
  db: Kysely<InstanceSchema>,
  signal?: AbortSignal,
): AsyncGenerator<StoredCopy, void, undefined> {
  for (let after = 0; ; ) {
    signal?.throwIfAborted();
    const rows = await selectCopies(db).where('id', '>', after).orderBy('id').limit(PAGE_SIZE).execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield* await withDigests(db, rows);
    after = last.id;
  }
}

/** The copy as its row tells of it now; undefined when there is no such row any more, or it is being removed. */
export async function findStoredCopy(db: Kysely<InstanceSchema>, id: number): Promise<StoredCopy | undefined> {
  const rows = await selectCopies(db).where('id', '=', id).execute();
  return (await withDigests(db, rows))[0];
}

export async function countStoredCopies(db: Kysely<InstanceSchema>): Promise<StoredTotals> {
  const row = await db
    .selectFrom('blobs')
    .select((blob) => [blob.fn.countAll<number>().as('objects'), blob.fn.sum<number>('size').as('bytes')])
    .where('deleting_at', 'is', null)
    .executeTakeFirst();
  return { objects: Number(row?.objects ?? 0), bytes: Number(row?.bytes ?? 0) };
}

/** Uploads that are open: what they hold is known to one driver only. */
export async function countOpenUploads(db: Kysely<InstanceSchema>, now: number): Promise<number> {
  const row = await db
    .selectFrom('uploads')
    .select((upload) => upload.fn.countAll<number>().as('count'))
    .where('expires_at', '>', now)
    .where('size', '>', 0)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

interface CopyRow {
  readonly id: number;
  readonly size: number;
  readonly storage_key: string;
  readonly lost_at: number | null;
}

function selectCopies(db: Kysely<InstanceSchema>) {
  return db.selectFrom('blobs').select(['id', 'size', 'storage_key', 'lost_at']).where('deleting_at', 'is', null);
}

async function withDigests(db: Kysely<InstanceSchema>, rows: readonly CopyRow[]): Promise<readonly StoredCopy[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const names = await db.selectFrom('blob_digests').selectAll().where('blob_id', 'in', ids).execute();
  const digests = Map.groupBy(names, (name) => name.blob_id);
  return rows.map((row) => ({
    id: row.id,
    sizeBytes: row.size,
    storageKey: row.storage_key,
    isLost: row.lost_at !== null,
    digests: (digests.get(row.id) ?? []).map(({ digest }) => fromDigestBytes(digest)).toSorted(),
  }));
}
