import type { Store } from './registry-store.ts';

/** Makes the user a member of the project, in the table. */
export async function giveRole(store: Store, username: string, project: string, role: string): Promise<void> {
  const now = Date.now();
  await store.database.write(async (tx) => {
    const user = await tx.selectFrom('users').select('id').where('username', '=', username).executeTakeFirstOrThrow();
    const found = await tx.selectFrom('projects').select('id').where('name', '=', project).executeTakeFirstOrThrow();
    const row = { user_id: user.id, group_id: null, project_id: found.id, role, repositories: '' };
    await tx
      .insertInto('project_members')
      .values({ ...row, created_at: now, updated_at: now })
      .execute();
  });
}
