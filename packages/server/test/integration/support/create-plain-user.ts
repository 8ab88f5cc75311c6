import { createPasswordHasher } from '../../../src/identity/password-hasher.ts';
import { systemIds } from '../../../src/kernel/ids.ts';
import type { Credentials } from './registry-client.ts';
import type { Store } from './registry-store.ts';

const PASSWORD = 'Plain-user-Password-3';

/** A user who is no administrator, written into the table: tests of other things need nothing of the way there. */
export async function createPlainUser(store: Pick<Store, 'database'>, username: string): Promise<Credentials> {
  const hasher = createPasswordHasher({ ids: systemIds });
  try {
    const now = Date.now();
    const password_hash = await hasher.hash(PASSWORD);
    const row = { username, password_hash, is_administrator: 0, token_epoch: 1, created_at: now, updated_at: now };
    await store.database.write((tx) => tx.insertInto('users').values(row).execute());
  } finally {
    await hasher.close();
  }
  return { username, password: PASSWORD };
}
