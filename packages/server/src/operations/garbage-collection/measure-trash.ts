import type { Kysely } from 'kysely';
import { LINK_IS_LISTED } from '../../content/collection/link-conditions.ts';
import { nextTurn } from '../../content/collection/next-turn.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';

/** What the trash of all projects keeps. */
export interface TrashFigures {
  readonly manifests: number;
  /** Of the distinct blobs that no manifest lists any more, and of the manifests themselves. */
  readonly bytes: number;
}

/** Manifests whose descriptors one query reads: the process answers requests in between. */
const PAGE_SIZE = 100;

/** How many deleted manifests can be restored: one look into an index. */
export async function countTrash(reader: Kysely<InstanceSchema>): Promise<number> {
  const row = await reader
    .selectFrom('trashed_manifests')
    .select((entry) => entry.fn.count('expires_at').as('count'))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Adds up the trash in pages. It is no figure of an instant: others write meanwhile. */
export async function measureTrash(reader: Kysely<InstanceSchema>, signal: AbortSignal): Promise<TrashFigures> {
  const seen = new Set<number>();
  let manifests = 0;
  let bytes = 0;
  for (let after = 0; ; ) {
    await nextTurn(signal);
    const page = await reader
      .selectFrom('trashed_manifests')
      .select(['id', 'size'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE_SIZE)
      .execute();
    const last = page.at(-1);
    if (last === undefined) return { manifests, bytes };
    manifests += page.length;
    for (const manifest of page) bytes += manifest.size;
    for (const { id, size } of await listKeptBlobs(reader, after, last.id)) {
      if (!seen.has(id)) bytes += size;
      seen.add(id);
    }
    after = last.id;
  }
}

/** The blobs that these deleted manifests list, as far as nothing but trash keeps them. */
function listKeptBlobs(
  reader: Kysely<InstanceSchema>,
  after: number,
  last: number,
): Promise<readonly { readonly id: number; readonly size: number }[]> {
  return reader
    .selectFrom('trashed_descriptors')
    .innerJoin('blob_digests', 'blob_digests.digest', 'trashed_descriptors.digest')
    .innerJoin('blobs', 'blobs.id', 'blob_digests.blob_id')
    .select(['blobs.id', 'blobs.size'])
    .distinct()
    .where('trashed_descriptors.trash_id', '>', after)
    .where('trashed_descriptors.trash_id', '<=', last)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('repository_blobs')
            .select('repository_blobs.blob_id')
            .whereRef('repository_blobs.blob_id', '=', 'blobs.id')
            .where(LINK_IS_LISTED),
        ),
      ),
    )
    .execute();
}
