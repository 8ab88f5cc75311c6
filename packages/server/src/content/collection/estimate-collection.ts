import { type Kysely, type SqlBool, sql } from 'kysely';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { LINK_IS_LISTED } from './link-conditions.ts';
import { nextTurn } from './next-turn.ts';
import { listDueStrays } from './strays.ts';

export interface EstimateInput {
  /** `now`: what a pass would remove now. `purge`: what one would remove once all trash was purged and all delays were over. */
  readonly scope: 'now' | 'purge';
  readonly now: number;
  readonly strayGraceMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What would be removed, exactly. Bytes are of stored copies. */
export interface CollectionEstimate {
  readonly bytes: number;
  /** Those that an earlier pass has marked already; so with the blobs. */
  readonly markedBytes: number;
  readonly blobs: number;
  readonly markedBlobs: number;
  /** Stored copies that no row leads to; their bytes are among the others. */
  readonly strays: number;
  /** Deleted manifests that would go from the trash. */
  readonly trashedManifests: number;
  /** The repositories whose blobs would free the most; a blob of several counts in each. */
  readonly repositories: readonly { readonly name: string; readonly bytes: number; readonly blobs: number }[];
}

const PAGE_SIZE = 200;
const MAX_REPOSITORIES = 10;

/**
 * Adds up what a pass would remove, and changes nothing. It reads the queues and the trash, never all of the content, in
 * pages. It holds as long as nobody writes meanwhile.
 */
export async function estimateCollection(
  { reader }: InstanceDatabase,
  input: EstimateInput,
): Promise<CollectionEstimate> {
  const consumers = new Map<string, { bytes: number; blobs: number }>();
  let bytes = 0;
  let markedBytes = 0;
  let markedBlobs = 0;
  let blobs = 0;
  for await (const page of removableBlobs(reader, input)) {
    blobs += page.length;
    for (const { size, deleting_at } of page) {
      bytes += size;
      if (deleting_at === null) continue;
      markedBytes += size;
      markedBlobs += 1;
    }
    await addConsumers(reader, page, consumers);
  }
  const strays = await sumStrays(reader, input);
  return {
    bytes: bytes + strays.bytes,
    markedBytes,
    blobs,
    markedBlobs,
    strays: strays.count,
    trashedManifests: await countTrash(reader, input),
    repositories: [...consumers]
      .map(([name, sums]) => ({ name, ...sums }))
      .toSorted((left, right) => right.bytes - left.bytes || (left.name < right.name ? -1 : 1))
      .slice(0, MAX_REPOSITORIES),
  };
}

interface SizedBlob {
  readonly id: number;
  readonly size: number;
  readonly deleting_at: number | null;
}

async function* removableBlobs(
  reader: Kysely<InstanceSchema>,
  input: EstimateInput,
): AsyncGenerator<readonly SizedBlob[]> {
  const seen = new Set<number>();
  for await (const ids of candidates(reader, input)) {
    await nextTurn(input.signal);
    const fresh = [...new Set(ids)].filter((id) => !seen.has(id));
    for (const id of fresh) seen.add(id);
    if (fresh.length > 0) yield await selectRemovable(reader, fresh, input);
  }
}

/** Blobs that are in a queue, or lose their place in the trash: no other can go. Some come twice. */
async function* candidates(
  reader: Kysely<InstanceSchema>,
  { scope, now }: EstimateInput,
): AsyncGenerator<readonly number[]> {
  const until = scope === 'now' ? now : Number.MAX_SAFE_INTEGER;
  const links = reader
    .selectFrom('repository_blobs')
    .select(['review_after as first', 'repository_id as second', 'blob_id'])
    .where('review_after', '<=', until)
    .orderBy('review_after')
    .orderBy('repository_id')
    .orderBy('blob_id')
    .limit(PAGE_SIZE);
  yield* keyset(['first', 'second', 'blob_id'], (after) =>
    (after === undefined
      ? links
      : links.where(sql<SqlBool>`(review_after, repository_id, blob_id) > (${sql.join(after)})`)
    ).execute(),
  );
  const blobs = reader
    .selectFrom('blobs')
    .select(['review_after as first', 'id as blob_id'])
    .where('review_after', '<=', until)
    .orderBy('review_after')
    .orderBy('id')
    .limit(PAGE_SIZE);
  yield* keyset(['first', 'blob_id'], (after) =>
    (after === undefined ? blobs : blobs.where(sql<SqlBool>`(review_after, id) > (${sql.join(after)})`)).execute(),
  );
  const trashed = reader
    .selectFrom('trashed_manifests')
    .innerJoin('trashed_descriptors', 'trashed_descriptors.trash_id', 'trashed_manifests.id')
    .leftJoin('blob_digests', 'blob_digests.digest', 'trashed_descriptors.digest')
    .select(['trash_id as first', 'position as second', 'blob_id'])
    .where('expires_at', '<=', until)
    .orderBy('trash_id')
    .orderBy('position')
    .limit(PAGE_SIZE);
  yield* keyset(['first', 'second'], (after) =>
    (after === undefined
      ? trashed
      : trashed.where(sql<SqlBool>`(trash_id, position) > (${sql.join(after)})`)
    ).execute(),
  );
}

type KeyedRow<Key extends string> = Readonly<Record<Key, number | null>> & { readonly blob_id: number | null };

/** Page after page of an ordered query; `key` names the columns that it is ordered by. */
async function* keyset<Key extends string>(
  key: readonly Key[],
  select: (after: readonly number[] | undefined) => Promise<readonly KeyedRow<Key>[]>,
): AsyncGenerator<readonly number[]> {
  let after: readonly number[] | undefined;
  for (;;) {
    const rows = await select(after);
    yield rows.flatMap((row) => (row.blob_id === null ? [] : [row.blob_id]));
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_SIZE) return;
    after = key.map((column) => last[column] ?? 0);
  }
}

/** Those that would be left without a link and without a place in the trash, or are being removed already. */
function selectRemovable(
  reader: Kysely<InstanceSchema>,
  ids: readonly number[],
  { scope, now }: EstimateInput,
): Promise<readonly SizedBlob[]> {
  const linkStays =
    scope === 'purge'
      ? LINK_IS_LISTED
      : sql<SqlBool>`(
          repository_blobs.review_after is null or repository_blobs.review_after > ${now}
          or repository_blobs.held_until > ${now} or ${LINK_IS_LISTED})`;
  const trashStays =
    scope === 'purge'
      ? sql<SqlBool>`(1 = 0)`
      : sql<SqlBool>`exists (
          select 1 from blob_digests n
            join trashed_descriptors t on t.digest = n.digest
            join trashed_manifests m on m.id = t.trash_id
           where n.blob_id = blobs.id and m.expires_at > ${now})`;
  const retryDue = scope === 'purge' ? sql<SqlBool>`(1 = 1)` : sql<SqlBool>`(blobs.review_after <= ${now})`;
  return reader
    .selectFrom('blobs')
    .select(['id', 'size', 'deleting_at'])
    .where('id', 'in', [...ids])
    .where(sql<SqlBool>`(
      (blobs.deleting_at is not null and ${retryDue})
      or (blobs.deleting_at is null and not ${trashStays} and not exists (
        select 1 from repository_blobs where repository_blobs.blob_id = blobs.id and ${linkStays})))`)
    .orderBy('id')
    .execute();
}

/** Adds the blobs to the repositories that hold them, or held them last. */
async function addConsumers(
  reader: Kysely<InstanceSchema>,
  blobs: readonly SizedBlob[],
  consumers: Map<string, { bytes: number; blobs: number }>,
): Promise<void> {
  if (blobs.length === 0) return;
  const ids = blobs.map((blob) => blob.id);
  const sizes = new Map(blobs.map((blob) => [blob.id, blob.size]));
  const linked = reader
    .selectFrom('repository_blobs')
    .innerJoin('repositories', 'repositories.id', 'repository_blobs.repository_id')
    .select(['repositories.name', 'repository_blobs.blob_id'])
    .where('repository_blobs.blob_id', 'in', ids);
  const trashed = reader
    .selectFrom('blob_digests')
    .innerJoin('trashed_descriptors', 'trashed_descriptors.digest', 'blob_digests.digest')
    .innerJoin('trashed_manifests', 'trashed_manifests.id', 'trashed_descriptors.trash_id')
    .select(['trashed_manifests.repository as name', 'blob_digests.blob_id'])
    .where('blob_digests.blob_id', 'in', ids);
  for (const { name, blob_id } of await linked.union(trashed).execute()) {
    const sums = consumers.get(name) ?? { bytes: 0, blobs: 0 };
    consumers.set(name, { bytes: sums.bytes + (sizes.get(blob_id) ?? 0), blobs: sums.blobs + 1 });
  }
}

async function sumStrays(
  reader: Kysely<InstanceSchema>,
  { scope, now, strayGraceMs, signal }: EstimateInput,
): Promise<{ readonly bytes: number; readonly count: number }> {
  if (scope === 'purge') {
    const row = await reader
      .selectFrom('strays')
      .select((stray) => [stray.fn.countAll().as('count'), stray.fn.sum('size').as('bytes')])
      .where('kind', '=', 'object')
      .executeTakeFirst();
    return { bytes: Number(row?.bytes ?? 0), count: Number(row?.count ?? 0) };
  }
  let bytes = 0;
  let count = 0;
  for (let after = ''; ; ) {
    await nextTurn(signal);
    const page = await listDueStrays(reader, { kind: 'object', graceMs: strayGraceMs, now, after, limit: PAGE_SIZE });
    count += page.length;
    for (const stray of page) bytes += stray.sizeBytes;
    after = page.at(-1)?.name ?? '';
    if (page.length < PAGE_SIZE) return { bytes, count };
  }
}

async function countTrash(reader: Kysely<InstanceSchema>, { scope, now }: EstimateInput): Promise<number> {
  const row = await reader
    .selectFrom('trashed_manifests')
    .select((entry) => entry.fn.countAll().as('count'))
    .where('expires_at', '<=', scope === 'now' ? now : Number.MAX_SAFE_INTEGER)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}
