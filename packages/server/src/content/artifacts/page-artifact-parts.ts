import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { containsPattern } from '../../db/like-pattern.ts';
import type { ArtifactAccessory, ArtifactTag } from './artifact.ts';
import { selectAccessories, selectTags, toArtifactAccessory, toArtifactTag } from './artifact-extras.ts';

export interface PartPage {
  readonly artifactId: number;
  readonly limit: number;
  readonly offset: number;
}

export const TAG_SORT_KEYS = ['name', 'push_time', 'pull_time', 'id'] as const;
export const ACCESSORY_SORT_KEYS = ['creation_time', 'id', 'type', 'size', 'digest'] as const;

export interface PartOrder<Key extends string> {
  readonly key: Key;
  readonly descending: boolean;
}

export interface TagPage extends PartPage {
  readonly name?: string | undefined;
  readonly nameContains?: string | undefined;
  readonly order: readonly PartOrder<(typeof TAG_SORT_KEYS)[number]>[];
}

export interface AccessoryPage extends PartPage {
  readonly type?: string | undefined;
  readonly digest?: Buffer | undefined;
  readonly order: readonly PartOrder<(typeof ACCESSORY_SORT_KEYS)[number]>[];
}

export interface CountedPage<Item> {
  readonly items: readonly Item[];
  /** On all pages. */
  readonly total: number;
}

const TAG_COLUMNS = { name: 't.name', push_time: 't.updated_at', pull_time: 'p.last_at', id: 't.id' } as const;
const ACCESSORY_COLUMNS = {
  creation_time: 'm.created_at',
  id: 'm.id',
  type: 'a.accessory_type',
  size: 'a.size',
  digest: 'm.digest',
} as const;

/** Tags that stand at an artifact, by name unless it is said otherwise. */
export async function pageTags(reader: Kysely<InstanceSchema>, page: TagPage): Promise<CountedPage<ArtifactTag>> {
  let query = selectTags(reader, [page.artifactId]).clearOrderBy();
  if (page.name !== undefined) query = query.where('t.name', '=', page.name);
  if (page.nameContains !== undefined) {
    const pattern = containsPattern(page.nameContains.toLowerCase());
    query = query.where(sql<boolean>`lower(t.name) like ${pattern} escape '\\'`);
  }
  const { total } = await query
    .clearSelect()
    .select((eb) => eb.fn.countAll().as('total'))
    .executeTakeFirstOrThrow();
  for (const { key, descending } of page.order) query = query.orderBy(TAG_COLUMNS[key], descending ? 'desc' : 'asc');
  const rows = await query.orderBy('t.name').limit(page.limit).offset(page.offset).execute();
  return { items: rows.map(toArtifactTag), total: Number(total) };
}

/** Accessories of an artifact, the newest first unless it is said otherwise. */
export async function pageAccessories(
  reader: Kysely<InstanceSchema>,
  page: AccessoryPage,
): Promise<CountedPage<ArtifactAccessory>> {
  let query = selectAccessories(reader, [page.artifactId]);
  if (page.type !== undefined) query = query.where('a.accessory_type', '=', page.type);
  if (page.digest !== undefined) query = query.where('m.digest', '=', page.digest);
  const { total } = await query
    .clearSelect()
    .select((eb) => eb.fn.countAll().as('total'))
    .executeTakeFirstOrThrow();
  for (const { key, descending } of page.order) {
    query = query.orderBy(ACCESSORY_COLUMNS[key], descending ? 'desc' : 'asc');
  }
  const rows = await query.orderBy('m.id', 'desc').limit(page.limit).offset(page.offset).execute();
  return { items: rows.map(toArtifactAccessory), total: Number(total) };
}
