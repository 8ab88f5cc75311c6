import type { User } from '../user.ts';

/** What is read of an account that somebody signs in to. */
export interface SelectedUser {
  readonly id: number;
  readonly username: string;
  readonly is_administrator: number;
  readonly token_epoch: number;
  readonly must_change_password: number;
  readonly has_second_factor: number;
  readonly signs_in_elsewhere: number;
}

/**
 * Whether the account has no password here, and somebody signs in to it at a provider that asks for whatever it wants of them. The
 * second half is looked at only for accounts without a password.
 */
export const SIGNS_IN_ELSEWHERE =
  'case when users.password_hash is null and exists (select 1 from external_identities as own ' +
  'join login_providers as at on at.id = own.provider_id ' +
  'where own.user_id = users.id) then 1 else 0 end';

/** For statements that are written out: `toUser` reads the row. */
export const USER_COLUMNS =
  'users.id, users.username, users.is_administrator, users.token_epoch, users.must_change_password, ' +
  `users.has_second_factor, ${SIGNS_IN_ELSEWHERE} as signs_in_elsewhere`;

export function toUser(row: SelectedUser): User {
  return {
    id: row.id,
    name: row.username,
    isAdministrator: row.is_administrator !== 0,
    tokenEpoch: row.token_epoch,
    mustChangePassword: row.must_change_password !== 0,
    hasSecondFactor: row.has_second_factor !== 0,
    signsInElsewhere: row.signs_in_elsewhere !== 0,
  };
}
