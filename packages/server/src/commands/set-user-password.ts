import { systemActor } from '../kernel/actor.ts';
import { ProductError } from '../kernel/errors.ts';
import type { ResetPassword } from './admin-reset-password.ts';
import { withAdministeredInstance } from './with-administered-instance.ts';

/** Opens the instance beside a server that may be running, and sets the password there; an account that is disabled is enabled. */
export const setUserPassword: ResetPassword = (config, { instanceId, username, password }) =>
  withAdministeredInstance(config, instanceId, async ({ identity: { accounts } }) => {
    const account = await accounts.find(username);
    if (account === undefined) {
      throw new ProductError('NOT_FOUND', `the instance ${instanceId} has no user ${username}: check the name`);
    }
    const actor = systemActor('admin reset-password');
    await accounts.resetPassword({ userId: account.id, password, mustChange: false, enables: true, actor });
    return { wasDisabled: account.disabledAt !== null };
  });
