import { type Descriptor, type Digest, type ParsedManifest, parseManifest, referrersFallbackTag } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import type { Page } from '../../kernel/pages.ts';
import { fromDigestBytes, toDigestBytes } from '../digest-bytes.ts';
import type { ManifestReads } from '../manifests/manifest-reads.ts';

export interface ReferrerListInput {
  readonly repository: string;
  readonly subject: Digest;
  readonly artifactType?: string | undefined;
  /** Cursor of the page before. */
  readonly after?: number | undefined;
}

/** How many entries a page holds at most, and how many bytes of annotations before it is cut. */
const MAX_ENTRIES = 1_000;
const MAX_PAGE_BYTES = 3_000_000;

/**
 * Manifests of the repository whose subject is the digest, oldest first, then what older clients listed under the fallback
 * tag (distribution spec § Referrers Tag Schema: existing content must be included).
 */
export async function listReferrers(
  deps: { readonly database: InstanceDatabase; readonly manifests: ManifestReads },
  input: ReferrerListInput,
): Promise<Page<Descriptor, number>> {
  const page = await listStored(deps.database, input);
  if (page.next !== undefined) return page;
  const fallback = await listFallback(deps, input);
  return { items: [...page.items, ...fallback] };
}

async function listStored(database: InstanceDatabase, input: ReferrerListInput): Promise<Page<Descriptor, number>> {
  let query = selectReferrers(database, input).limit(MAX_ENTRIES + 1);
  if (input.after !== undefined) query = query.where('manifests.id', '>', input.after);
  if (input.artifactType !== undefined) query = query.where('artifact_type', '=', input.artifactType);
  const rows = await query.execute();
  const items: Descriptor[] = [];
  let bytes = 0;
  let last = 0;
  for (const row of rows) {
    bytes += row.annotations.length;
    if (items.length === MAX_ENTRIES || (items.length > 0 && bytes > MAX_PAGE_BYTES)) return { items, next: last };
    items.push(toDescriptor(row));
    last = row.id;
  }
  return { items };
}

function selectReferrers(database: InstanceDatabase, { repository, subject }: ReferrerListInput) {
  return database.reader
    .selectFrom('manifests')
    .innerJoin('repositories', 'repositories.id', 'manifests.repository_id')
    .select([
      'manifests.id',
      'manifests.digest',
      'manifests.media_type',
      'manifests.artifact_type',
      'manifests.annotations',
      'manifests.size',
    ])
    .where('repositories.name', '=', repository)
    .where('subject_digest', '=', toDigestBytes(subject))
    .orderBy('manifests.id');
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

async function listFallback(
  deps: { readonly database: InstanceDatabase; readonly manifests: ManifestReads },
  input: ReferrerListInput,
): Promise<readonly Descriptor[]> {
  const tag = referrersFallbackTag(input.subject);
  const stored = await deps.manifests.findContent(input.repository, { kind: 'tag', tag });
  if (stored === undefined) return [];
  const listed = parseManifest(stored.bytes, stored.mediaType).manifests;
  const found: Descriptor[] = [];
  for (const descriptor of listed.slice(0, MAX_ENTRIES)) {
    const entry = await readFallbackEntry(deps.manifests, input, descriptor);
    if (entry === undefined) continue;
    if (input.artifactType === undefined || entry.artifactType === input.artifactType) found.push(entry);
  }
  return found;
}

/** The entry as its manifest describes it; undefined for what is gone, or what the stored referrers list already. */
async function readFallbackEntry(
  manifests: ManifestReads,
  input: ReferrerListInput,
  descriptor: Descriptor,
): Promise<Descriptor | undefined> {
  const stored = await manifests.findContent(input.repository, { kind: 'digest', digest: descriptor.digest });
  if (stored === undefined) return undefined;
  const manifest: ParsedManifest = parseManifest(stored.bytes, stored.mediaType);
  if (manifest.subject?.digest === input.subject) return undefined;
  return {
    mediaType: stored.mediaType,
    digest: stored.digest,
    size: stored.sizeBytes,
    ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
    ...(Object.keys(manifest.annotations).length === 0 ? {} : { annotations: manifest.annotations }),
  };
}
