import { locateInstance } from '../control-plane/instances/instance-location.ts';
import { openControlPlane } from '../control-plane.ts';
import { createPasswordHasher } from '../identity/password-hasher.ts';
import { openInstance } from '../instance.ts';
import { systemActor } from '../kernel/actor.ts';
import { systemClock } from '../kernel/clock.ts';
import { ProductError } from '../kernel/errors.ts';
import { systemIds } from '../kernel/ids.ts';
import type { ResetPassword } from './admin-reset-password.ts';

/** Opens the instance beside a server that may be running, and sets the password there. */
export const setUserPassword: ResetPassword = async (config, { instanceId, username, password }) => {
  const controlPlane = await openControlPlane(config, systemClock);
  try {
    const location = locateInstance(config.dataDir, instanceId);
    const { masterKey } = controlPlane;
    const record = { id: instanceId, hosts: [] };
    const passwordHasher = createPasswordHasher({ ids: systemIds });
    const shared = { masterKey, passwordHasher, onError: () => undefined };
    const instance = await openInstance(record, { ...shared, config, location, clock: systemClock, ids: systemIds });
    try {
      const { users } = instance.identity;
      const user = await users.findByName(username);
      if (user === undefined) {
        throw new ProductError('NOT_FOUND', `the instance ${instanceId} has no user ${username}: check the name`);
      }
      await users.setPassword({ userId: user.id, password, actor: systemActor('admin reset-password') });
    } finally {
      await instance.close();
      await passwordHasher.close();
    }
  } finally {
    await controlPlane.close();
  }
};
