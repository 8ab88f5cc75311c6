import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { findCollectionHold } from './collection-holds.ts';
import type { CollectionSettings } from './collection-settings.ts';
import { type CollectionState, readCollectionState } from './collection-state.ts';

const DAY_MS = 24 * 3_600_000;

/**
 * The first instant at which a pass would find something to do; in the past when it would now, undefined when there is
 * nothing that time alone would bring. A few looks into indexes, however much is stored.
 *
 * What has an instant (uploads and trash that end, reviews) counts at that instant. What has to be searched for counts only
 * where there is something to search: the storage for strays, projects with a policy for untagged manifests – the latter once
 * a day, since nothing becomes untagged while nobody writes.
 */
export async function findNextCollection(
  reader: Kysely<InstanceSchema>,
  settings: CollectionSettings,
  now: number,
): Promise<number | undefined> {
  const hold = await findCollectionHold(reader, now);
  const state = await readCollectionState(reader);
  const firsts = await findFirsts(reader);
  const instants = [
    firsts.upload,
    firsts.trash,
    firsts.link,
    afterCap(firsts.blob, state, settings),
    await findNextSweep(reader, state, settings),
    await findNextUntaggedSearch(reader, state, settings),
  ];
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 ? undefined : Math.max(hold?.until ?? 0, Math.min(...known));
}

interface FirstInstants {
  readonly upload: number | null;
  readonly trash: number | null;
  readonly link: number | null;
  readonly blob: number | null;
}

function findFirsts(reader: Kysely<InstanceSchema>): Promise<FirstInstants> {
  const review = (table: 'repository_blobs' | 'blobs') =>
    reader
      .selectFrom(table)
      .select((row) => row.fn.min<number | null>('review_after').as('first'))
      .where('review_after', 'is not', null);
  const expiry = (table: 'uploads' | 'trashed_manifests') =>
    reader.selectFrom(table).select((row) => row.fn.min<number | null>('expires_at').as('first'));
  return reader
    .selectNoFrom([
      expiry('uploads').as('upload'),
      expiry('trashed_manifests').as('trash'),
      review('repository_blobs').as('link'),
      review('blobs').as('blob'),
    ])
    .executeTakeFirstOrThrow();
}

/** What only a confirmation lets go is looked at again when the cap's window is over. */
function afterCap(
  instant: number | null,
  { awaiting, confirmedBytes, capWindowStartedAt }: CollectionState,
  { capWindowMs }: CollectionSettings,
): number | null {
  const isWaiting = awaiting !== null && confirmedBytes === 0;
  return instant === null || !isWaiting ? instant : Math.max(instant, capWindowStartedAt + capWindowMs);
}

async function findNextSweep(
  reader: Kysely<InstanceSchema>,
  { sweptAt }: CollectionState,
  { straySweepIntervalMs }: CollectionSettings,
): Promise<number | null> {
  for (const table of ['blobs', 'uploads', 'strays'] as const) {
    const row = await reader
      .selectFrom(table)
      .select((each) => each.val(1).as('one'))
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return sweptAt === null ? 0 : sweptAt + straySweepIntervalMs;
  }
  return null;
}

async function findNextUntaggedSearch(
  reader: Kysely<InstanceSchema>,
  { searchedUntaggedAt }: CollectionState,
  { policyIntervalMs }: CollectionSettings,
): Promise<number | null> {
  const project = await reader
    .selectFrom('projects')
    .select('id')
    .where('untagged_after_ms', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  if (project === undefined) return null;
  return searchedUntaggedAt === null ? 0 : searchedUntaggedAt + Math.max(policyIntervalMs, DAY_MS);
}
