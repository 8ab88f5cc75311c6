import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { assertJobLease, type JobFence } from '../../jobs/job-fence.ts';
import { systemActor } from '../../kernel/actor.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import { findListingManifest } from '../manifests/find-listing-manifest.ts';
import { type RemovalTimes, removeManifest } from '../manifests/remove-manifest.ts';
import { isOldAndUntagged, untaggedRule } from './untagged-rule.ts';

export interface DeleteUntaggedManifestInput extends RemovalTimes {
  readonly manifestId: number;
  readonly pushWindowMs: number;
  readonly now: number;
  readonly fence?: JobFence | undefined;
}

/** Under which name the policy stands in journal and trash. */
export const UNTAGGED_POLICY = 'untagged-policy';

/**
 * Deletes one manifest by its project's policy, if everything that the search found is still so now that it is locked: never a
 * part of an index, nor a referrer of what is there.
 * @returns whether it did
 * @throws what a gate throws
 */
export async function deleteUntaggedManifest(
  context: InstanceTransaction,
  input: DeleteUntaggedManifestInput,
): Promise<boolean> {
  const { tx } = context;
  const { now, fence } = input;
  if (fence !== undefined) await assertJobLease(context, fence, now);
  const manifest = await lockManifest(context, input);
  if (manifest === undefined) return false;
  const { repository_id: repositoryId, digest, subject_digest: subject } = manifest;
  if (await isNeeded(context, { repositoryId, digest, subject })) return false;
  const repository = await tx
    .selectFrom('repositories')
    .select(['name', 'project_id'])
    .where('id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  await removeManifest(context, {
    repository: { projectId: repository.project_id, name: repository.name },
    manifest,
    digest: fromDigestBytes(digest),
    reason: UNTAGGED_POLICY,
    reviewAfter: input.reviewAfter,
    trashWindowMs: input.trashWindowMs,
    now,
    actor: systemActor(UNTAGGED_POLICY),
    assertRemovable: async () => {},
  });
  return true;
}

/** The row, if the policy is on and it is old and untagged: looked at again once it is locked. */
async function lockManifest(
  { tx, capabilities }: InstanceTransaction,
  { manifestId, now, pushWindowMs }: DeleteUntaggedManifestInput,
) {
  const found = tx.selectFrom('manifests').select('repository_id').where('id', '=', manifestId);
  const row = await (capabilities.rowLocks ? found.forUpdate() : found).executeTakeFirst();
  if (row === undefined) return undefined;
  const project = await tx
    .selectFrom('repositories')
    .innerJoin('projects', 'projects.id', 'repositories.project_id')
    .select(['projects.id', 'projects.untagged_after_ms', 'projects.untagged_from'])
    .where('repositories.id', '=', row.repository_id)
    .executeTakeFirstOrThrow();
  const rule = untaggedRule(project, now, pushWindowMs);
  if (rule === undefined) return undefined;
  return tx
    .selectFrom('manifests')
    .select(['id', 'repository_id', 'digest', 'subject_digest', 'media_type', 'size'])
    .where('id', '=', manifestId)
    .where(isOldAndUntagged(rule))
    .executeTakeFirst();
}

async function isNeeded(
  { tx }: InstanceTransaction,
  manifest: { readonly repositoryId: number; readonly digest: Buffer; readonly subject: Buffer | null },
): Promise<boolean> {
  const { repositoryId, digest, subject } = manifest;
  const listedBy = await findListingManifest(tx, { repositoryId, digests: [digest], includesOptional: true });
  if (listedBy !== undefined) return true;
  if (subject === null) return false;
  const referred = await tx
    .selectFrom('manifests')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', subject)
    .executeTakeFirst();
  return referred !== undefined;
}
