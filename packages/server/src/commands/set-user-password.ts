import { systemActor } from '../kernel/actor.ts';
import { ProductError } from '../kernel/errors.ts';
import type { ResetPassword } from './admin-reset-password.ts';
import { withAdministeredInstance } from './with-administered-instance.ts';

/** Opens the instance beside a server that may be running, and sets the password there; an account that is disabled is enabled. */
export const setUserPassword: ResetPassword = (config, reset) => {
  const { instanceId, username, password, clearsSecondFactors } = reset;
  return withAdministeredInstance(config, instanceId, async ({ identity: { accounts, users, secondFactors } }) => {
    const account = await accounts.find(username);
    if (account === undefined) {
      throw new ProductError('NOT_FOUND', `the instance ${instanceId} has no user ${username}: check the name`);
    }
    const actor = systemActor('admin reset-password');
    await accounts.resetPassword({ userId: account.id, password, mustChange: false, enables: true, actor });
    const hadSecondFactor = (await users.find(account.id))?.hasSecondFactor ?? false;
    if (clearsSecondFactors) await secondFactors.clear(account.id, actor);
    return { wasDisabled: account.disabledAt !== null, hadSecondFactor };
  });
};
