import type { User } from '../user.ts';

/** What is read of an account that somebody signs in to. */
export interface SelectedUser {
  readonly id: number;
  readonly username: string;
  readonly is_administrator: number;
  readonly token_epoch: number;
  readonly must_change_password: number;
  readonly has_second_factor: number;
}

/** For statements that are written out: `toUser` reads the row. */
export const USER_COLUMNS =
  'users.id, users.username, users.is_administrator, users.token_epoch, users.must_change_password, ' +
  'users.has_second_factor';

export function toUser(row: SelectedUser): User {
  return {
    id: row.id,
    name: row.username,
    isAdministrator: row.is_administrator !== 0,
    tokenEpoch: row.token_epoch,
    mustChangePassword: row.must_change_password !== 0,
    hasSecondFactor: row.has_second_factor !== 0,
  };
}
