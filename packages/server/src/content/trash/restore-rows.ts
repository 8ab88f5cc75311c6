import { sql } from 'kysely';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { ProductError } from '../../kernel/errors.ts';
import { describeStored } from '../artifacts/describe-artifacts.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { DESCRIPTOR_COLUMNS, MANIFEST_COLUMNS } from './trash-manifest.ts';
import type { TrashedManifest } from './trashed-manifest.ts';

export interface RestoreRowsInput {
  readonly entry: TrashedManifest;
  readonly repositoryId: number;
  readonly now: number;
  readonly heldUntil: number;
}

/** Moves the rows of a manifest out of the trash; where it was pushed again meanwhile, that one stays. */
export async function restoreRows(
  context: InstanceTransaction,
  input: RestoreRowsInput,
): Promise<{ readonly manifestId: number; readonly wasThere: boolean }> {
  const { tx } = context;
  const { entry, repositoryId } = input;
  const existing = await findManifest(context, input);
  const manifestId = existing ?? (await insertManifest(context, input));
  if (existing === undefined) {
    await tx
      .insertInto('manifest_descriptors')
      .columns(['manifest_id', 'repository_id', ...DESCRIPTOR_COLUMNS])
      .expression(
        tx
          .selectFrom('trashed_descriptors')
          .select([integer(manifestId).as('manifest_id'), integer(repositoryId).as('repository_id')])
          .select([...DESCRIPTOR_COLUMNS])
          .where('trash_id', '=', entry.id),
      )
      .execute();
    await describeStored(context, manifestId);
  }
  await tx.deleteFrom('trashed_descriptors').where('trash_id', '=', entry.id).execute();
  await tx.deleteFrom('trashed_manifests').where('id', '=', entry.id).execute();
  return { manifestId, wasThere: existing !== undefined };
}

async function findManifest(
  { tx, capabilities }: InstanceTransaction,
  { entry, repositoryId }: RestoreRowsInput,
): Promise<number | undefined> {
  const query = tx
    .selectFrom('manifests')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', toDigestBytes(entry.digest));
  return (await (capabilities.rowLocks ? query.forShare() : query).executeTakeFirst())?.id;
}

async function insertManifest({ tx }: InstanceTransaction, input: RestoreRowsInput): Promise<number> {
  const { entry, repositoryId, now, heldUntil } = input;
  const project = await tx
    .selectFrom('projects')
    .select('untagged_after_ms')
    .where('id', '=', entry.repository.projectId)
    .executeTakeFirst();
  // The policy that may have deleted it counts from now on.
  const keptUntil = Math.max(heldUntil, now + (project?.untagged_after_ms ?? 0));
  const row = await tx
    .insertInto('manifests')
    .columns(['repository_id', 'held_until', ...MANIFEST_COLUMNS])
    .expression(
      tx
        .selectFrom('trashed_manifests')
        .select([integer(repositoryId).as('repository_id'), integer(keptUntil).as('held_until')])
        .select([...MANIFEST_COLUMNS])
        .where('id', '=', entry.id),
    )
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) return row.id;
  throw new ProductError('UNAVAILABLE', `The manifest ${entry.digest} is being pushed at this moment: try again.`);
}

function integer(value: number) {
  return sql<number>`cast(${value} as bigint)`;
}
