import type { Digest } from '@roadstead/oci';
import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { type Page, pageOf } from '../../kernel/pages.ts';
import { fromDigestBytes } from '../digest-bytes.ts';
import type { TagListInput } from './list-tags.ts';
import type { TagAsOf } from './tag-as-of.ts';

/**
 * Where a tag stood at a time. What it stood at may have been deleted since.
 * @returns undefined when there was no such tag then
 */
export async function findTagAsOf(
  database: InstanceDatabase,
  repository: string,
  { tag, at }: TagAsOf,
): Promise<Digest | undefined> {
  const row = await database.reader
    .selectFrom('tag_history')
    .innerJoin('repositories', 'repositories.id', 'tag_history.repository_id')
    .select('tag_history.digest')
    .where('repositories.name', '=', repository)
    .where('tag_history.name', '=', tag)
    .where('tag_history.at', '<=', at)
    .orderBy('tag_history.id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined || row.digest === null ? undefined : fromDigestBytes(row.digest);
}

/** The tags that there were at a time, in code point order; undefined when there is no such repository. */
export async function listTagsAsOf(
  database: InstanceDatabase,
  { repository, after, limit, at }: TagListInput & { readonly at: number },
): Promise<Page<string> | undefined> {
  const { reader } = database;
  const found = await reader.selectFrom('repositories').select('id').where('name', '=', repository).executeTakeFirst();
  if (found === undefined) return undefined;
  if (limit === 0) return { items: [] };
  let query = reader
    .selectFrom('tag_history as moved')
    .select('moved.name')
    .where('moved.repository_id', '=', found.id)
    .where('moved.digest', 'is not', null)
    .where('moved.id', '=', (last) =>
      last
        .selectFrom('tag_history as last')
        .select(({ fn }) => fn.max('last.id').as('id'))
        .where('last.repository_id', '=', found.id)
        .whereRef('last.name', '=', 'moved.name')
        .where('last.at', '<=', at),
    )
    .orderBy('moved.name')
    .limit(limit + 1);
  if (after !== undefined) query = query.where('moved.name', '>', after);
  return pageOf(await database.readColumn(query), limit, (name) => name);
}
