import { OciError, projectOf } from '@roadstead/oci';
import { type Kysely, sql } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { ProductError } from '../../kernel/errors.ts';

type Db = Kysely<InstanceSchema>;

/** More than anybody moves one thing; what is longer is no way any more. */
const MAX_MOVES = 8;

/**
 * What the repository of a former name is called now, be it that it was moved or that its project has another name.
 * @returns undefined when the name is none of before
 */
export async function findMovedName(db: Db, repository: string): Promise<string | undefined> {
  let name = repository;
  for (let moves = 0; moves < MAX_MOVES; moves += 1) {
    const to = await findMove(db, name);
    if (to?.repository != null) return to.repository;
    if (to?.project == null) return name === repository ? undefined : name;
    name = `${to.project}${name.slice(projectOf(name).length)}`;
  }
  return undefined;
}

/** One step, and one query whatever there is, so that time does not tell. */
async function findMove(db: Db, name: string) {
  const { rows } = await sql<{ readonly repository: string | null; readonly project: string | null }>`
    select (select r.name from name_redirects n join repositories r on r.id = n.repository_id where n.name = ${name})
             as repository,
           (select p.name from name_redirects n join projects p on p.id = n.project_id where n.name = ${projectOf(name)})
             as project`.execute(db);
  return rows[0];
}

/**
 * Names of before are nobody else's until they are given up. It is asked after the row of that name was written: who renames
 * at the same time has committed by then, or waits.
 * @throws ProductError CONFLICT
 */
export async function assertProjectNameFree(db: Db, name: string): Promise<void> {
  const query = db.selectFrom('name_redirects').innerJoin('projects', 'projects.id', 'name_redirects.project_id');
  const taken = await query.select('projects.name').where('name_redirects.name', '=', name).executeTakeFirst();
  if (taken === undefined) return;
  throw new ProductError(
    'CONFLICT',
    `${name} is the former name of the project ${taken.name}, and leads there still: give it up first`,
  );
}

/** As `assertProjectNameFree`. @throws OciError DENIED */
export async function assertRepositoryNameFree(db: Db, name: string): Promise<void> {
  const moved = await findMovedName(db, name);
  if (moved !== undefined) throw movedTo(name, moved);
}

/** What a push to a former name is told. */
export function movedTo(name: string, to: string): OciError {
  return new OciError('DENIED', `${name} is called ${to} now: push there. Pulls find it by both names.`);
}
