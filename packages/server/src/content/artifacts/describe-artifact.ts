import { type ParsedManifest, parseFallbackTag } from '@roadstead/oci';
import { sql } from 'kysely';
import { fixedDispatch } from '../../db/instance/fixed-statement.ts';
import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { toDigestBytes } from '../digest-bytes.ts';
import { type Accessory, findAccessoriesOfEntries, findAccessory, findAccessoryOfTag } from './accessory-type.ts';
import { decideArtifactKind } from './artifact-type.ts';

export interface DescribedManifest {
  readonly id: number;
  readonly repositoryId: number;
  /** undefined: it is stored, and no version of today takes it for a manifest. */
  readonly manifest: ParsedManifest | undefined;
  /** Of the manifest itself. */
  readonly sizeBytes: number;
}

/**
 * Writes down what a manifest that was just stored is, how large with all that it lists, and of what it is an accessory. What an index
 * lists is there already; its row in `artifacts` is made by the database.
 */
export async function describeArtifact(context: InstanceTransaction, described: DescribedManifest): Promise<void> {
  const { id, manifest } = described;
  const kind = manifest === undefined ? { type: 'UNKNOWN', mediaType: '' } : decideArtifactKind(manifest);
  await setKind(context.tx, { id, ...kind, size: await measure(context, described) });
  if (manifest === undefined) return;
  const accessory = findAccessory(manifest);
  if (accessory !== undefined) await setAccessory(context, described, accessory);
  await setAccessoriesOfEntries(context, described, manifest);
}

const setKind = fixedDispatch<{ id: number; type: string; mediaType: string; size: number }>(
  (db, { id, type, mediaType, size }) =>
    db.updateTable('artifacts').set({ type, media_type: mediaType, size }).where('manifest_id', '=', id),
);

/** A tag of cosign 2 makes what it stands at an accessory, for good: the next signature has the former ones in it. */
export async function setAccessoryOfTag(
  context: InstanceTransaction,
  at: { readonly id: number; readonly repositoryId: number },
  tag: string,
): Promise<void> {
  // Nearly all tags are others, and cost nothing more.
  if (parseFallbackTag(tag) === undefined) return;
  const row = await context.tx.selectFrom('manifests').select('kind').where('id', '=', at.id).executeTakeFirst();
  const accessory = findAccessoryOfTag(tag, row?.kind === 'index' ? 'index' : 'image');
  if (accessory !== undefined) await setAccessory(context, at, accessory);
}

async function measure({ tx }: InstanceTransaction, described: DescribedManifest): Promise<number> {
  const { id, repositoryId, manifest, sizeBytes } = described;
  if (manifest === undefined) return sizeBytes;
  const { config, layers, manifests } = manifest;
  const listed = [...(config === undefined ? [] : [config]), ...layers, ...manifests];
  const own = listed.reduce((sum, { size }) => sum + size, sizeBytes);
  if (manifests.length === 0) return own;
  // A child counts with what it lists, and not with its own bytes alone.
  const { more } = await tx
    .selectFrom('manifest_descriptors as d')
    .innerJoin('manifests as m', (join) =>
      join.onRef('m.digest', '=', 'd.digest').on('m.repository_id', '=', repositoryId),
    )
    .innerJoin('artifacts as a', 'a.manifest_id', 'm.id')
    .select(sql<number>`coalesce(sum(coalesce(a.size, d.size) - d.size), 0)`.as('more'))
    .where('d.manifest_id', '=', id)
    .where('d.role', '=', 'manifest')
    .executeTakeFirstOrThrow();
  return own + Number(more);
}

async function setAccessoriesOfEntries(
  context: InstanceTransaction,
  { repositoryId }: DescribedManifest,
  { manifests }: ParsedManifest,
): Promise<void> {
  for (const [digest, accessory] of findAccessoriesOfEntries(manifests)) {
    const child = await context.tx
      .selectFrom('manifests')
      .select('id')
      .where('repository_id', '=', repositoryId)
      .where('digest', '=', toDigestBytes(digest))
      .executeTakeFirst();
    if (child !== undefined) await setAccessory(context, { id: child.id, repositoryId }, accessory);
  }
}

/** What it was an accessory of before, it stays. */
async function setAccessory(
  { tx, capabilities }: InstanceTransaction,
  { id, repositoryId }: { readonly id: number; readonly repositoryId: number },
  { type, subject }: Accessory,
): Promise<void> {
  const digest = toDigestBytes(subject);
  if (capabilities.rowLocks) {
    // The trigger on manifests takes it too: whichever of the two is stored second sees the other.
    await sql`select pg_advisory_xact_lock(hashtextextended(${digest.toString('hex')}, ${repositoryId}))`.execute(tx);
  }
  const hasSubject = sql<number>`(
    select count(*) from manifests s where s.repository_id = ${repositoryId} and s.digest = ${digest})`;
  await tx
    .updateTable('artifacts')
    .set({
      accessory_type: type,
      subject_digest: digest,
      has_subject: hasSubject,
      is_listed: sql<number>`case when ${hasSubject} = 0 and (tag_count > 0 or parent_count = 0) then 1 else 0 end`,
    })
    .where('manifest_id', '=', id)
    .where('accessory_type', 'is', null)
    // A tag may name anything, even what it stands at.
    .where('manifest_id', 'not in', (eb) =>
      eb
        .selectFrom('manifests')
        .select('manifests.id')
        .where('repository_id', '=', repositoryId)
        .where('digest', '=', digest),
    )
    .execute();
}
