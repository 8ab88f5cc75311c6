import { systemActor } from '../kernel/actor.ts';
import type { RotateKeys } from './admin-rotate-keys.ts';
import { withAdministeredInstance } from './with-administered-instance.ts';

/** Opens the instance beside a server that may be running, and gives it a new signing key. */
export const rotateSigningKeys: RotateKeys = (config, instanceId) =>
  withAdministeredInstance(config, instanceId, async ({ identity: { signingKeys } }) => {
    await signingKeys.rotate(systemActor('admin rotate-keys'));
    const { keyId } = await signingKeys.getSigner();
    return { keyId };
  });
