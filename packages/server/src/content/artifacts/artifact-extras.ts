import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import type { ArtifactAccessory, ArtifactTag } from './artifact.ts';

/** Of one artifact: one that has more shows these, and `listTags` pages through all of them. */
const MAX_TAGS = 1_000;
/** Of a page of artifacts. */
const MAX_ACCESSORIES = 10_000;

/** The tags that stand at the artifacts, by name. */
export async function readTags(
  reader: Kysely<InstanceSchema>,
  artifactIds: readonly number[],
): Promise<ReadonlyMap<number, readonly ArtifactTag[]>> {
  if (artifactIds.length === 0) return new Map();
  const counts = await reader
    .selectFrom('artifacts')
    .select('manifest_id')
    .where('manifest_id', 'in', [...artifactIds])
    .where('tag_count', '>', MAX_TAGS)
    .execute();
  const many = new Set(counts.map((row) => row.manifest_id));
  const few = artifactIds.filter((id) => !many.has(id));
  const tags = await selectTags(reader, few).execute();
  for (const id of many) tags.push(...(await selectTags(reader, [id]).limit(MAX_TAGS).execute()));
  return Map.groupBy(tags.map(toArtifactTag), (tag) => tag.artifactId);
}

export function selectTags(reader: Kysely<InstanceSchema>, artifactIds: readonly number[]) {
  return reader
    .selectFrom('tags as t')
    .leftJoin('pulls as p', (join) => join.onRef('p.id', '=', 't.id').on('p.kind', '=', 'tag'))
    .select(['t.id', 't.repository_id', 't.manifest_id', 't.name', 't.updated_at', 'p.last_at'])
    .where('t.manifest_id', 'in', artifactIds.length === 0 ? [0] : [...artifactIds])
    .orderBy('t.name');
}

export function toArtifactTag(row: {
  readonly id: number;
  readonly repository_id: number;
  readonly manifest_id: number;
  readonly name: string;
  readonly updated_at: number;
  readonly last_at: number | null;
}): ArtifactTag {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    artifactId: row.manifest_id,
    name: row.name,
    pushedAt: row.updated_at,
    pulledAt: row.last_at ?? undefined,
  };
}

/** The accessories of the artifacts, oldest first. */
export async function readAccessories(
  reader: Kysely<InstanceSchema>,
  artifactIds: readonly number[],
): Promise<ReadonlyMap<number, readonly ArtifactAccessory[]>> {
  if (artifactIds.length === 0) return new Map();
  const rows = await selectAccessories(reader, artifactIds).orderBy('a.manifest_id').limit(MAX_ACCESSORIES).execute();
  const found = new Map<number, ArtifactAccessory[]>();
  for (const row of rows) {
    const list = found.get(row.subject_id) ?? [];
    list.push(toArtifactAccessory(row));
    found.set(row.subject_id, list);
  }
  return found;
}

export function selectAccessories(reader: Kysely<InstanceSchema>, artifactIds: readonly number[]) {
  return reader
    .selectFrom('manifests as s')
    .innerJoin('artifacts as a', (join) =>
      join.onRef('a.repository_id', '=', 's.repository_id').onRef('a.subject_digest', '=', 's.digest'),
    )
    .innerJoin('manifests as m', 'm.id', 'a.manifest_id')
    .innerJoin('repositories as r', 'r.id', 's.repository_id')
    .select(['s.id as subject_id', 's.digest as subject_digest', 'r.name', 'm.id', 'm.digest', 'm.created_at'])
    .select(['a.accessory_type', 'a.type', 'a.size', 'm.size as manifest_size'])
    .where('s.id', 'in', [...artifactIds]);
}

export function toArtifactAccessory(row: {
  readonly subject_id: number;
  readonly subject_digest: Buffer;
  readonly name: string;
  readonly id: number;
  readonly digest: Buffer;
  readonly created_at: number;
  readonly accessory_type: string | null;
  readonly type: string | null;
  readonly size: number | null;
  readonly manifest_size: number;
}): ArtifactAccessory {
  return {
    id: row.id,
    subjectId: row.subject_id,
    subject: fromDigestBytes(row.subject_digest),
    repository: row.name,
    digest: fromDigestBytes(row.digest),
    type: row.accessory_type ?? 'subject.accessory',
    artifactType: row.type ?? 'UNKNOWN',
    sizeBytes: row.size ?? row.manifest_size,
    pushedAt: row.created_at,
  };
}
