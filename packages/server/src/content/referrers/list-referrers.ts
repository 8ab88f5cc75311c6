import { type Descriptor, type Digest, referrersFallbackTag } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Page } from '../../kernel/pages.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { ReferrerCursor } from './referrer-cursor.ts';

export interface ReferrerListInput {
  readonly repository: string;
  readonly subject: Digest;
  readonly artifactType?: string | undefined;
  /** Cursor of the page before. */
  readonly after?: ReferrerCursor | undefined;
}

/** One entry before its annotations are read. */
interface Candidate {
  readonly id: number;
  /** Bytes of the manifest, which its annotations cannot exceed. */
  readonly size: number;
  readonly cursor: ReferrerCursor;
}

/** A page has as many entries as fit, and one at least. */
const MAX_ENTRIES = 1_000;
const MAX_PAGE_BYTES = 1_000_000;

/**
 * Manifests of the repository whose subject is the digest, oldest first, then what older clients listed under the fallback
 * tag (distribution spec § Referrers Tag Schema: existing content must be included).
 */
export async function listReferrers(
  database: InstanceDatabase,
  input: ReferrerListInput,
): Promise<Page<Descriptor, ReferrerCursor>> {
  const stored = input.after?.part === 'fallback' ? [] : await listStored(database, input);
  const fallback = stored.length > MAX_ENTRIES ? [] : await listFallback(database, input);
  const chosen = choosePage([...stored, ...fallback]);
  const items = await readDescriptors(database, chosen.items);
  return chosen.next === undefined ? { items } : { items, next: chosen.next };
}

function choosePage(candidates: readonly Candidate[]): Page<Candidate, ReferrerCursor> {
  const items: Candidate[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    const last = items.at(-1);
    const isFull = items.length === MAX_ENTRIES || bytes + candidate.size > MAX_PAGE_BYTES;
    if (last !== undefined && isFull) return { items, next: last.cursor };
    items.push(candidate);
    bytes += candidate.size;
  }
  return { items };
}

async function listStored(database: InstanceDatabase, input: ReferrerListInput): Promise<readonly Candidate[]> {
  let query = database.reader
    .selectFrom('manifests')
    .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
    .select(['manifests.id', 'manifests.size'])
    .where('repositories.name', '=', input.repository)
    .where('subject_digest', '=', toDigestBytes(input.subject))
    .orderBy('manifests.id')
    .limit(MAX_ENTRIES + 1);
  if (input.after !== undefined) query = query.where('manifests.id', '>', input.after.position);
  if (input.artifactType !== undefined) query = query.where('artifact_type', '=', input.artifactType);
  const rows = await query.execute();
  return rows.map(({ id, size }) => ({ id, size, cursor: { part: 'stored', position: id } }));
}

/** What the index under the fallback tag lists and the repository holds, but for what names its subject itself. */
async function listFallback(database: InstanceDatabase, input: ReferrerListInput): Promise<readonly Candidate[]> {
  let query = database.reader
    .selectFrom('tags')
    .innerJoin('repositories', 'repositories.id', 'tags.repository_id')
    .innerJoin('manifest_descriptors as listed', 'listed.manifest_id', 'tags.manifest_id')
    .innerJoin('manifests', (join) =>
      join.onRef('manifests.repository_id', '=', 'tags.repository_id').onRef('manifests.digest', '=', 'listed.digest'),
    )
    .select(['manifests.id', 'manifests.size', 'listed.position'])
    .where('repositories.name', '=', input.repository)
    .where('tags.name', '=', referrersFallbackTag(input.subject))
    .where('listed.role', '=', 'manifest')
    .where(({ or, eb }) =>
      or([eb('subject_digest', 'is', null), eb('subject_digest', '!=', toDigestBytes(input.subject))]),
    )
    .orderBy('listed.position')
    .limit(MAX_ENTRIES + 1);
  if (input.after?.part === 'fallback') query = query.where('listed.position', '>', input.after.position);
  if (input.artifactType !== undefined) query = query.where('manifests.artifact_type', '=', input.artifactType);
  const rows = await query.execute();
  return rows.map(({ id, size, position }) => ({ id, size, cursor: { part: 'fallback', position } }));
}

async function readDescriptors(
  database: InstanceDatabase,
  candidates: readonly Candidate[],
): Promise<readonly Descriptor[]> {
  if (candidates.length === 0) return [];
  const rows = await database.reader
    .selectFrom('manifests')
    .select(['id', 'digest', 'media_type', 'artifact_type', 'annotations', 'size'])
    .where(
      'id',
      'in',
      candidates.map(({ id }) => id),
    )
    .execute();
  const descriptors = new Map(rows.map((row) => [row.id, toDescriptor(row)]));
  // What was deleted since the candidates were chosen is left out.
  return candidates.flatMap(({ id }) => descriptors.get(id) ?? []);
}

interface ReferrerRow {
  readonly digest: Buffer;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly annotations: string;
  readonly size: number;
}

function toDescriptor(row: ReferrerRow): Descriptor {
  const annotations: Record<string, string> = JSON.parse(row.annotations);
  return {
    mediaType: row.media_type,
    digest: fromDigestBytes(row.digest),
    size: row.size,
    ...(row.artifact_type === null ? {} : { artifactType: row.artifact_type }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
