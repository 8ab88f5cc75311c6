import type { Digest } from '@roadstead/oci';
import type { Kysely } from 'kysely';
import { toDigestBytes } from '../../content/digest-bytes.ts';
import { fixedStatement } from '../../db/instance/fixed-statement.ts';
import type { InstancePushGate } from '../../db/instance/instance-database.ts';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { PushIntent } from '../../kernel/gates.ts';
import { readQuotaDefaults } from '../../projects/quota-defaults.ts';
import { renderBytes } from './render-bytes.ts';
import { countUsedStorage } from './used-storage.ts';

type Write = Extract<PushIntent, { readonly kind: 'blob' | 'manifest' }>;

/**
 * Refuses blobs and manifests by which a project would hold more than its limit. What it holds is counted in the transaction of the
 * write, so that no number has to be kept: pushes to projects without a limit look for one, and that is all.
 */
export const quotaGate: InstancePushGate = {
  name: 'quota',
  async assertCanPush(tx, _actor, intent) {
    if (intent.kind !== 'blob' && intent.kind !== 'manifest') return;
    const { rows } = await findLimit(tx, { projectId: intent.projectId });
    if (rows.length === 0 || !(await readQuotaDefaults(tx)).isOn) return;
    const limit = await lockLimit(tx, intent.projectId);
    if (limit === undefined || (await isHeld(tx, intent))) return;
    const used = await countUsedStorage(tx, intent.projectId);
    if (used + intent.sizeBytes <= limit) return;
    const [added, now, atMost] = [intent.sizeBytes, used, limit].map(renderBytes);
    throw new ProductError(
      'DENIED',
      `adding ${added} of storage resource, which when updated to current usage of ${now} will exceed the configured upper limit of ${atMost}.`,
    );
  },
};

const findLimit = fixedStatement<{ readonly projectId: number }, { readonly storage_bytes: number }>(
  (db, { projectId }) => db.selectFrom('project_quotas').select('storage_bytes').where('project_id', '=', projectId),
);

/**
 * Of two writes that would each fit alone, the second one sees the first. Where one writer runs all of them the lock is none; a project
 * with a limit has its writes one after the other where they run side by side.
 */
async function lockLimit(tx: Kysely<InstanceSchema>, projectId: number): Promise<number | undefined> {
  const locked = await tx
    .updateTable('project_quotas')
    .set((row) => ({ updated_at: row.ref('updated_at') }))
    .where('project_id', '=', projectId)
    .returning('storage_bytes')
    .executeTakeFirst();
  return locked?.storage_bytes;
}

/** What the project holds already adds nothing. */
async function isHeld(tx: Kysely<InstanceSchema>, { kind, projectId, digest }: Write): Promise<boolean> {
  const bytes = toDigestBytes(digest as Digest);
  const found = kind === 'manifest' ? findManifest(tx, projectId, bytes) : findBlob(tx, projectId, bytes);
  return (await found) !== undefined;
}

function findManifest(tx: Kysely<InstanceSchema>, projectId: number, digest: Buffer) {
  return tx
    .selectFrom('manifests')
    .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
    .select('repositories.id')
    .where('manifests.digest', '=', digest)
    .where('repositories.project_id', '=', projectId)
    .limit(1)
    .executeTakeFirst();
}

function findBlob(tx: Kysely<InstanceSchema>, projectId: number, digest: Buffer) {
  return tx
    .selectFrom('blob_digests')
    .innerJoin('repository_blobs', 'repository_blobs.blob_id', 'blob_digests.blob_id')
    .innerJoin('repositories', 'repositories.id', 'repository_blobs.repository_id')
    .select('repositories.id')
    .where('blob_digests.digest', '=', digest)
    .where('repositories.project_id', '=', projectId)
    .limit(1)
    .executeTakeFirst();
}
