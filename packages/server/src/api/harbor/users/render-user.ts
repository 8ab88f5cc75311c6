import type { Account } from '../../../identity/users/account.ts';
import type { UserResp } from './users-models.ts';

/** Harbor's UserResp. */
export function renderUser(account: Account): UserResp {
  return {
    user_id: account.id,
    username: account.name,
    email: account.email,
    realname: account.realName,
    comment: account.comment,
    sysadmin_flag: account.isAdministrator,
    // Nobody is an administrator by what an outside directory says.
    admin_role_in_auth: false,
    creation_time: new Date(account.createdAt).toISOString(),
    update_time: new Date(account.updatedAt).toISOString(),
  };
}
