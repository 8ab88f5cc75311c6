import type { InstanceDatabase } from '../../db/instance/instance-database.ts';
import { type Page, pageOf } from '../../kernel/pages.ts';

export interface TagListInput {
  readonly repository: string;
  /** Only tags after this one, by code point. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Tags of the repository in code point order, or undefined when there is no such repository. */
export async function listTags(database: InstanceDatabase, input: TagListInput): Promise<Page<string> | undefined> {
  const repository = await database.reader
    .selectFrom('repositories')
    .select('id')
    .where('name', '=', input.repository)
    .executeTakeFirst();
  if (repository === undefined) return undefined;
  if (input.limit === 0) return { items: [] };
  let query = database.reader
    .selectFrom('tags')
    .select('name')
    .where('repository_id', '=', repository.id)
    .orderBy('name')
    .limit(input.limit + 1);
  if (input.after !== undefined) query = query.where('name', '>', input.after);
  return pageOf(await database.readColumn(query), input.limit, (name) => name);
}
