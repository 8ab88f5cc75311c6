import { systemActor } from '../kernel/actor.ts';
import { ProductError } from '../kernel/errors.ts';
import type { ResetPassword } from './admin-reset-password.ts';
import { withAdministeredInstance } from './with-administered-instance.ts';

/** Opens the instance beside a server that may be running, and sets the password there. */
export const setUserPassword: ResetPassword = (config, { instanceId, username, password }) =>
  withAdministeredInstance(config, instanceId, async ({ identity: { users } }) => {
    const user = await users.findByName(username);
    if (user === undefined) {
      throw new ProductError('NOT_FOUND', `the instance ${instanceId} has no user ${username}: check the name`);
    }
    await users.setPassword({ userId: user.id, password, actor: systemActor('admin reset-password') });
  });
