import { describeArtifacts } from '../../../content/artifacts/describe-artifacts.ts';
import { createInstanceDatabase } from '../../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../../db/instance/schema.ts';
import type { BlobStorage } from '../../../drivers/blob-storage/blob-storage.ts';
import type { Database } from '../../../drivers/database/database.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { ProductError } from '../../../kernel/errors.ts';
import type { Ids } from '../../../kernel/ids.ts';
import type { LearningEnvelope } from '../../../secrets/learning-envelope.ts';
import { RECOVERED_TABLES } from '../recovered-tables.ts';
import { createRecoveryState } from '../recovery-state.ts';
import { type ChainGap, type ChosenRecords, chooseRecords } from './choose-records.ts';
import { findLineages } from './find-lineages.ts';
import { isMarkedForRebuild, markRebuild, unmarkRebuild } from './rebuild-mark.ts';
import { type BadRecord, RecordSource } from './record-source.ts';
import { type RestoredRows, restoreRows } from './restore-rows.ts';
import { countUnreferenced, type VerifiedBlobs, type VerifyMode, verifyBlobs } from './verify-blobs.ts';

export interface RebuildDeps {
  readonly instanceId: string;
  /** Where the rows go; its schema is up to date. */
  readonly database: Database<InstanceSchema>;
  readonly storage: BlobStorage;
  readonly envelope: LearningEnvelope;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'hex'>;
  /** Of the collector: for how long what was restored is left alone. */
  readonly reviewDelayMs: number;
  readonly pushWindowMs: number;
  readonly onProgress: (text: string) => void;
}

export interface RebuildOptions {
  readonly verify: VerifyMode;
  readonly lineage?: string | undefined;
}

export interface RebuildReport {
  readonly instance: string;
  readonly lineage: string;
  readonly base: number;
  /** Records of changes that were applied. */
  readonly changes: number;
  /** When the restored state was read from the database that was lost; milliseconds UTC. What came later is lost. */
  readonly restoredTo: number;
  readonly ageMs: number;
  readonly gap: ChainGap | undefined;
  readonly badRecords: readonly BadRecord[];
  readonly rows: RestoredRows;
  readonly verify: VerifyMode;
  readonly blobs: VerifiedBlobs;
  /** Objects in the storage that no row leads to. They are left there. */
  readonly unreferenced: number;
}

/**
 * Restores the rows of an instance whose database is lost, from the records in its blob storage, and verifies what they lead to.
 * Nothing in the storage is changed.
 * @throws ProductError CONFLICT when the database is not empty, or the records are of several databases; NOT_FOUND when there
 *   are none
 */
export async function rebuildDatabase(deps: RebuildDeps, options: RebuildOptions): Promise<RebuildReport> {
  const { database, storage, clock, onProgress } = deps;
  await assertEmpty(deps);
  const source = new RecordSource(storage, deps.instanceId);
  const chosen = await chooseRecords(source, await findLineages(storage, source), options.lineage);
  const now = clock.now();
  onProgress(`restoring the state of ${new Date(chosen.at).toISOString()}`);
  await database.write((tx) => markRebuild(tx, now));
  await clear(database);
  const times = { reviewAfter: now + deps.reviewDelayMs, heldUntil: now + deps.pushWindowMs };
  const rows = await restoreRows({ ...deps, ...times, source }, chosen);
  await describeAll(database);
  const verifying = { database, storage, now, onProgress };
  const blobs = await verifyBlobs(verifying, options.verify);
  const unreferenced = await countUnreferenced(verifying);
  await finish(deps, chosen);
  return {
    instance: deps.instanceId,
    lineage: chosen.lineage,
    base: chosen.base.base,
    changes: chosen.changes.length,
    restoredTo: chosen.at,
    ageMs: Math.max(0, now - chosen.at),
    gap: chosen.gap,
    badRecords: source.bad,
    rows,
    verify: options.verify,
    blobs,
    unreferenced,
  };
}

/** Whether everything that was shipped is there again; where a record was of no use, another may have taken its place. */
export function isWhole({ gap, rows, blobs }: RebuildReport): boolean {
  return gap === undefined && rows.damagedManifests.length === 0 && blobs.bad.length === 0;
}

/** A rebuild that was broken off may begin anew. */
async function assertEmpty({ database, instanceId }: RebuildDeps): Promise<void> {
  if (await isMarkedForRebuild(database.reader)) return;
  for (const { name } of RECOVERED_TABLES) {
    const row = await database.reader
      .selectFrom(name)
      .select((each) => each.lit(1).as('one'))
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) continue;
    throw new ProductError(
      'CONFLICT',
      `the database of the instance ${instanceId} is not empty (${name}), and a rebuild only fills an empty one: ` +
        'stop the servers, and move that database out of the way',
    );
  }
}

async function clear(database: Database<InstanceSchema>): Promise<void> {
  await database.write(async (tx) => {
    for (const { name, parts } of RECOVERED_TABLES.toReversed()) {
      if (parts !== undefined) await tx.deleteFrom(parts.table).execute();
      if (name !== 'settings') await tx.deleteFrom(name).execute();
    }
    await tx.deleteFrom('settings').where('name', '!=', 'rebuild').execute();
    await tx.deleteFrom('row_changes').execute();
  });
}

/** What artifacts are is read from their manifests again. */
async function describeAll(database: Database<InstanceSchema>): Promise<void> {
  const { execute } = createInstanceDatabase(database, []);
  while ((await execute(describeArtifacts, { limit: DESCRIBE_BATCH })) === DESCRIBE_BATCH);
}

const DESCRIBE_BATCH = 250;

/** The shipping begins a lineage of its own, which knows which one it goes on from. */
async function finish({ database, ids }: RebuildDeps, { lineage, base }: ChosenRecords): Promise<void> {
  const state = createRecoveryState(ids.hex(8), [...base.replaces, lineage]);
  await database.write(async (tx) => {
    await tx
      .insertInto('settings')
      .values({ name: 'recovery', value: JSON.stringify(state) })
      .execute();
    await tx.deleteFrom('row_changes').execute();
    await unmarkRebuild(tx);
  });
}
