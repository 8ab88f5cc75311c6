import { parseManifest } from '@roadstead/oci';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import type { Artifact, ArtifactReference } from './artifact.ts';
import {
  ARTIFACT_COLUMNS,
  type ArtifactColumn,
  type ArtifactFilter,
  type ArtifactTables,
  artifactConditions,
  needsManifests,
} from './artifact-filter.ts';

/** By what artifacts are sorted: what the list shows of them. */
export type ArtifactOrderKey = ArtifactColumn | 'digest' | 'repository_name';

export interface ArtifactOrder {
  readonly key: ArtifactOrderKey;
  readonly descending: boolean;
}

export interface ArtifactListing extends ArtifactFilter {
  /** Then, and without any, by what was pushed last. */
  readonly order: readonly ArtifactOrder[];
  readonly limit: number;
  readonly offset: number;
}

type Query<Output> = SelectQueryBuilder<ArtifactTables, 'a' | 'm', Output>;

/** More of an artifact is for those who fetch it. */
const MAX_ANNOTATION_BYTES = 64 * 1024;
const MAX_REFERENCES = 256;
const MAX_INDEX_BYTES = 256 * 1024;

/** The ids of a page: found in an index alone where the order is that of pushes or pulls and nothing else is asked. */
export async function listArtifactIds(
  reader: Kysely<InstanceSchema>,
  listing: ArtifactListing,
): Promise<readonly number[]> {
  const { order, limit, offset } = listing;
  const joins = order.some(({ key }) => key === 'digest' || key === 'repository_name' || key === 'manifest_media_type');
  let query = narrow(reader, listing, joins).select('a.manifest_id');
  const keys = order.length === 0 ? [{ key: 'push_time', descending: true } as const] : order;
  for (const { key, descending } of keys) {
    query = query.orderBy(orderExpression(key), (by) => {
      const directed = descending ? by.desc() : by.asc();
      return key === 'pull_time' ? (descending ? directed.nullsLast() : directed.nullsFirst()) : directed;
    });
  }
  if (keys.at(-1)?.key !== 'id') query = query.orderBy('a.manifest_id', keys[0]?.descending ? 'desc' : 'asc');
  const rows = await query.limit(limit).offset(offset).execute();
  return rows.map((row) => row.manifest_id);
}

function orderExpression(key: ArtifactOrderKey) {
  if (key === 'digest') return sql`m.digest`;
  if (key === 'repository_name') return sql`(select r.name from repositories r where r.id = a.repository_id)`;
  return sql.ref(ARTIFACT_COLUMNS[key]);
}

export async function countArtifacts(reader: Kysely<InstanceSchema>, filter: ArtifactFilter): Promise<number> {
  const query = narrow(reader, filter, false).select((eb) => eb.fn.countAll().as('total'));
  return Number((await query.executeTakeFirstOrThrow()).total);
}

function narrow(reader: Kysely<InstanceSchema>, filter: ArtifactFilter, joins: boolean): Query<object> {
  const from = reader.selectFrom('artifacts as a');
  const query = joins || needsManifests(filter) ? from.innerJoin('manifests as m', 'm.id', 'a.manifest_id') : from;
  return (query as unknown as Query<object>).where(artifactConditions(filter));
}

/** These artifacts in this order; those that are gone are left out. */
export async function readArtifacts(
  reader: Kysely<InstanceSchema>,
  ids: readonly number[],
): Promise<readonly Artifact[]> {
  if (ids.length === 0) return [];
  const rows = await selectRows(reader, ids);
  const indexes = rows.filter(({ kind }) => kind === 'index');
  const references = await readReferences(reader, indexes);
  const found = new Map(rows.map((row) => [row.id, { ...toArtifact(row), references: references.get(row.id) ?? [] }]));
  return ids.flatMap((id) => found.get(id) ?? []);
}

type Row = Awaited<ReturnType<typeof selectRows>>[number];

function selectRows(reader: Kysely<InstanceSchema>, ids: readonly number[]) {
  return reader
    .selectFrom('artifacts as a')
    .innerJoin('manifests as m', 'm.id', 'a.manifest_id')
    .innerJoin('repositories as r', 'r.id', 'm.repository_id')
    .select(['m.id', 'm.repository_id', 'm.digest', 'm.kind', 'm.media_type as manifest_media_type'])
    .select(['m.artifact_type', 'm.size as manifest_size', 'm.created_at'])
    .select(['a.type', 'a.media_type', 'a.size', 'a.pulled_at', 'a.accessory_type', 'r.name', 'r.project_id'])
    .select(
      sql<string>`case when length(m.annotations) <= ${MAX_ANNOTATION_BYTES} then m.annotations else '{}' end`.as(
        'annotations',
      ),
    )
    .where('m.id', 'in', [...ids])
    .execute();
}

function toArtifact(row: Row): Omit<Artifact, 'references'> {
  return {
    id: row.id,
    repository: { projectId: row.project_id, name: row.name },
    repositoryId: row.repository_id,
    digest: fromDigestBytes(row.digest),
    type: row.type ?? 'UNKNOWN',
    mediaType: row.media_type ?? '',
    manifestMediaType: row.manifest_media_type,
    artifactType: row.artifact_type ?? undefined,
    accessoryType: row.accessory_type ?? undefined,
    sizeBytes: row.size ?? row.manifest_size,
    pushedAt: row.created_at,
    pulledAt: row.pulled_at ?? undefined,
    annotations: JSON.parse(row.annotations) as Readonly<Record<string, string>>,
  };
}

async function readReferences(
  reader: Kysely<InstanceSchema>,
  indexes: readonly Row[],
): Promise<ReadonlyMap<number, readonly ArtifactReference[]>> {
  if (indexes.length === 0) return new Map();
  const ids = indexes.map(({ id }) => id);
  const children = await reader
    .selectFrom('manifest_descriptors as d')
    .innerJoin('manifests as parent', 'parent.id', 'd.manifest_id')
    .innerJoin('manifests as child', (join) =>
      join.onRef('child.digest', '=', 'd.digest').onRef('child.repository_id', '=', 'parent.repository_id'),
    )
    .select(['d.manifest_id', 'd.position', 'd.digest', 'child.id'])
    .where('d.manifest_id', 'in', ids)
    .where('d.role', '=', 'manifest')
    .where('d.position', '<', MAX_REFERENCES)
    .orderBy('d.position')
    .execute();
  const entries = await readEntries(reader, ids);
  const references = new Map<number, ArtifactReference[]>();
  for (const { manifest_id: parent, position, digest, id: childId } of children) {
    const entry = entries.get(parent)?.[position];
    const list = references.get(parent) ?? [];
    const { platform, annotations, urls } = entry ?? {};
    list.push({ childId, digest: fromDigestBytes(digest), platform, annotations, urls });
    references.set(parent, list);
  }
  return references;
}

/** Platforms and annotations stand in the index alone. */
async function readEntries(reader: Kysely<InstanceSchema>, ids: readonly number[]) {
  const rows = await reader
    .selectFrom('manifests')
    .select(['id', 'bytes', 'media_type'])
    .where('id', 'in', [...ids])
    .where('size', '<=', MAX_INDEX_BYTES)
    .execute();
  return new Map(rows.map(({ id, bytes, media_type }) => [id, entriesOf(bytes, media_type)]));
}

function entriesOf(bytes: Buffer, mediaType: string) {
  try {
    return parseManifest(bytes, mediaType).manifests;
  } catch {
    // An earlier version has taken it; it is shown without what could not be read.
    return [];
  }
}
