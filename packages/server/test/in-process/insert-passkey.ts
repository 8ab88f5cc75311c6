import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../src/db/instance/schema.ts';

/** A passkey whose key is none, for what only looks at rows. */
export async function insertPasskey(tx: Kysely<InstanceSchema>, userId: number): Promise<void> {
  const values = {
    user_id: userId,
    credential_id: `key-${userId}`,
    rp_id: 'registry.example.org',
    public_key: Buffer.of(userId),
    counter: 0,
    transports: '[]',
    name: 'laptop',
    is_backup_eligible: 1,
    is_backed_up: 0,
    created_at: 1,
    last_used_at: null,
  };
  await tx.insertInto('passkeys').values(values).execute();
}
