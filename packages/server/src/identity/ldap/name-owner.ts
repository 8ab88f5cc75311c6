import type { InstanceDatabase } from '../../db/instance/instance-database.ts';

/** Whose name something is that somebody types to sign in, disabled accounts with them. */
export interface NameOwner {
  /** Undefined: nobody's. */
  readonly userId: number | undefined;
  /** It signs in here, and nowhere else by a password. */
  readonly hasPassword: boolean;
  readonly providerIds: ReadonlySet<string>;
}

export type FindNameOwner = (name: string) => Promise<NameOwner>;

interface OwnerRow {
  readonly id: number;
  readonly has_password: number;
  readonly provider_id: string | null;
}

/** Names and e-mail addresses but for case, as no two accounts have the same. */
export function createFindNameOwner(database: InstanceDatabase): FindNameOwner {
  const read = database.prepareRead<OwnerRow>(
    'owner_of_name',
    'select users.id, case when password_hash is null then 0 else 1 end as has_password, own.provider_id ' +
      'from users left join external_identities as own on own.user_id = users.id ' +
      'where lower(users.username) in (lower(?), lower(?)) or lower(users.email) in (lower(?), lower(?))',
  );
  return async (name) => {
    // Databases differ in which letters they know the lower case of.
    const folded = name.toLowerCase();
    const rows = await read([name, folded, name, folded]);
    return {
      userId: rows[0]?.id,
      hasPassword: rows.some((row) => row.has_password !== 0),
      providerIds: new Set(rows.flatMap((row) => row.provider_id ?? [])),
    };
  };
}
