import { openBlobStorage } from '../blob-storages.ts';
import type { Config } from '../config/config.ts';
import { DEFAULT_INSTANCE_ID } from '../control-plane/instances/instance-id.ts';
import type { InstanceRegistry } from '../control-plane/instances/instance-registry.ts';
import { openControlPlane } from '../control-plane.ts';
import { openInstanceDatabase } from '../databases.ts';
import { createPasswordHasher } from '../identity/password-hasher.ts';
import { type Instance, openInstance } from '../instance.ts';
import { systemClock } from '../kernel/clock.ts';
import { createEgressGuard } from '../kernel/egress-guard.ts';
import { ProductError } from '../kernel/errors.ts';
import { systemIds } from '../kernel/ids.ts';
import { LocalLocks } from '../kernel/locks.ts';

/**
 * Opens an instance beside a server that may be running, and closes it after the work.
 * @throws ProductError NOT_FOUND (there is no such instance: none is made), CONFLICT (it is being destroyed)
 */
export async function withAdministeredInstance<Result>(
  config: Config,
  instanceId: string,
  work: (instance: Instance) => Promise<Result>,
): Promise<Result> {
  await using opened = new AsyncDisposableStack();
  const controlPlane = opened.adopt(await openControlPlane(config, systemClock), (each) => each.close());
  await assertAdministrable(controlPlane.registry, instanceId);
  const passwordHasher = opened.adopt(createPasswordHasher({ ids: systemIds }), (each) => each.close());
  const egressGuard = opened.adopt(createEgressGuard({ allow: config.egressAllow }), (each) => each.close());
  const { masterKeys } = controlPlane;
  const openStorage = (id: string) => openBlobStorage(config, id);
  const openDatabase = (id: string) => openInstanceDatabase(config, id);
  const shared = {
    masterKeys,
    passwordHasher,
    egressGuard,
    openDatabase,
    locks: new LocalLocks(),
    onError: () => undefined,
  };
  const instance = opened.adopt(
    await openInstance(
      { id: instanceId, hosts: [] },
      { ...shared, config, openStorage, clock: systemClock, ids: systemIds, runsJobs: false },
    ),
    (each) => each.close(),
  );
  return await work(instance);
}

/** `main` needs no row as long as nobody has made an instance. */
async function assertAdministrable(registry: InstanceRegistry, instanceId: string): Promise<void> {
  const record = await registry.findInstance(instanceId);
  if (record?.state === 'destroying') {
    throw new ProductError('CONFLICT', `the instance ${instanceId} is being destroyed: nothing is changed in it`);
  }
  if (record !== undefined) return;
  if (instanceId === DEFAULT_INSTANCE_ID && !(await registry.hasInstances())) return;
  throw new ProductError('NOT_FOUND', `there is no instance ${instanceId}: see \`roadstead admin instance list\``);
}
