import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import type { InstanceRegistry } from '../control-plane/instances/instance-registry.ts';
import { establishMasterKey } from '../control-plane/master-key-check.ts';
import { openControlPlane } from '../control-plane.ts';
import { systemActor } from '../kernel/actor.ts';
import { systemClock } from '../kernel/clock.ts';
import type { RotateInstanceKey, RotateMasterKey } from './admin-rotate-keys.ts';
import { withAdministeredInstance } from './with-administered-instance.ts';

/** Opens the instance beside a server that may be running, and seals its secrets anew. */
export const rotateInstanceKey: RotateInstanceKey = (config, instanceId, wait) =>
  withAdministeredInstance(config, instanceId, ({ secretRotation }) =>
    secretRotation.rotateKey(systemActor('admin rotate-keys'), wait),
  );

/**
 * First the keys that there are, then the name of the master key that seals what is new, then the keys that came in between. Broken
 * off at any point every key is under one of the two.
 */
export const rotateMasterKey: RotateMasterKey = async (config) => {
  const controlPlane = await openControlPlane(config, systemClock);
  try {
    const { configured } = controlPlane.masterKeys;
    const rewrapAll = async () => {
      let rewrapped = 0;
      const ids = await listInstanceIds(controlPlane.registry);
      for (const id of ids) {
        rewrapped += await withAdministeredInstance(config, id, ({ secretRotation }) =>
          secretRotation.rewrap(configured.bytes, systemActor('admin rotate-keys')),
        );
      }
      return { instances: ids.length, rewrapped };
    };
    const first = await rewrapAll();
    await establishMasterKey(controlPlane.database, configured);
    const second = await rewrapAll();
    return { instances: second.instances, rewrapped: first.rewrapped + second.rewrapped };
  } finally {
    await controlPlane.close();
  }
};

async function listInstanceIds(registry: InstanceRegistry): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<InstanceRegistry['listInstances']>> = await registry.listInstances({ after });
    ids.push(...page.items.filter(({ state }) => state !== 'destroying').map(({ id }) => id));
    after = page.next;
  }
  return (await registry.hasInstances()) ? ids : [DEFAULT_INSTANCE_ID];
}
