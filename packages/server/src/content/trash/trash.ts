import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { Clock } from '../../kernel/clock.ts';
import { type Page, pageOf } from '../../kernel/pages.ts';
import { type CollectionSettings, linkTimes } from '../collection/collection-settings.ts';
import { type PurgeSelection, purgeTrash } from './purge-trash.ts';
import { type RestoreManifestOutput, restoreManifest } from './restore-manifest.ts';
import { TRASHED_COLUMNS, type TrashedManifest, toTrashedManifest } from './trashed-manifest.ts';

export interface TrashListInput {
  readonly projectId: number;
  readonly repository?: string | undefined;
  /** Only entries older than this id; the newest come first. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What the trash of a project keeps from being reclaimed; none of it counts towards the quota. */
export interface TrashSize {
  readonly manifests: number;
  readonly manifestBytes: number;
  /** Of the distinct blobs that nothing else of the project holds. */
  readonly blobBytes: number;
}

export interface TrashDeps {
  readonly database: InstanceDatabase;
  readonly clock: Clock;
  readonly collection: () => CollectionSettings;
}

const PURGE_BATCH = 50;

/** Deleted manifests that can be restored until their time is over. */
export class Trash {
  readonly #deps: TrashDeps;

  constructor(deps: TrashDeps) {
    this.#deps = deps;
  }

  async list({ projectId, repository, before, limit }: TrashListInput): Promise<Page<TrashedManifest, number>> {
    let query = this.#deps.database.reader
      .selectFrom('trashed_manifests')
      .select([...TRASHED_COLUMNS])
      .where('project_id', '=', projectId)
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (repository !== undefined) query = query.where('repository', '=', repository);
    if (before !== undefined) query = query.where('id', '<', before);
    const rows = await query.execute();
    return pageOf(rows.map(toTrashedManifest), limit, (entry) => entry.id);
  }

  /** @throws ProductError NOT_FOUND; PRECONDITION when something that it needs is gone; what the gates throw. */
  restore(projectId: number, trashId: number, actor: Actor): Promise<RestoreManifestOutput> {
    const { database, clock, collection } = this.#deps;
    const now = clock.now();
    return database.execute(restoreManifest, { projectId, trashId, ...linkTimes(collection(), now), now, actor });
  }

  /** @returns how many were purged. @throws ProductError CONFLICT while a backup or an export runs. */
  async purge(selection: PurgeSelection, actor: Actor): Promise<number> {
    const { database, clock } = this.#deps;
    for (let purged = 0; ; ) {
      const input = { selection, limit: PURGE_BATCH, now: clock.now(), actor };
      const count = await database.execute(purgeTrash, input);
      purged += count;
      if (count < PURGE_BATCH) return purged;
    }
  }

  async measure(projectId: number): Promise<TrashSize> {
    const { reader } = this.#deps.database;
    const manifests = await reader
      .selectFrom('trashed_manifests')
      .select((row) => [row.fn.countAll().as('count'), row.fn.coalesce(row.fn.sum('size'), row.lit(0)).as('bytes')])
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow();
    const listed = reader
      .selectFrom('trashed_manifests')
      .innerJoin('trashed_descriptors', 'trashed_descriptors.trash_id', 'trashed_manifests.id')
      .innerJoin('blob_digests', 'blob_digests.digest', 'trashed_descriptors.digest')
      .select('blob_digests.blob_id')
      .where('trashed_manifests.project_id', '=', projectId);
    const blobs = await reader
      .selectFrom('blobs')
      .select((row) => row.fn.coalesce(row.fn.sum('size'), row.lit(0)).as('bytes'))
      .where('id', 'in', listed)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('repository_blobs')
              .innerJoin('repositories', 'repositories.id', 'repository_blobs.repository_id')
              .select('repository_blobs.blob_id')
              .whereRef('repository_blobs.blob_id', '=', 'blobs.id')
              .where('repositories.project_id', '=', projectId),
          ),
        ),
      )
      .executeTakeFirstOrThrow();
    return {
      manifests: Number(manifests.count),
      manifestBytes: Number(manifests.bytes),
      blobBytes: Number(blobs.bytes),
    };
  }
}
