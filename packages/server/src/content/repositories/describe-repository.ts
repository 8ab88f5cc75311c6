import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { appendJournal } from '../../journal/journal.ts';
import type { Actor } from '../../kernel/actor.ts';
import type { RepositoryRef } from '../repository-ref.ts';

export interface DescribeRepositoryInput {
  readonly repository: RepositoryRef;
  readonly description: string;
  readonly actor: Actor;
  readonly now: number;
}

/** Sets what a repository says of itself. @returns whether it exists */
export async function describeRepository(
  { tx }: InstanceTransaction,
  { repository: { projectId, name }, description, actor, now }: DescribeRepositoryInput,
): Promise<boolean> {
  const row = await tx
    .updateTable('repositories')
    .set({ description, updated_at: now })
    .where('name', '=', name)
    .where('project_id', '=', projectId)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  const detail = { description };
  await appendJournal(tx, { at: now, actor, kind: 'repository.updated', projectId, repository: name, detail });
  return true;
}
