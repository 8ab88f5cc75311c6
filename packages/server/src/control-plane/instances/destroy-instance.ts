import { ProductError } from '../../kernel/errors.ts';
import type { InstanceRegistry } from './instance-registry.ts';

/** The three things that an instance consists of. Each resolves also when it is gone already. */
export interface InstanceData {
  dropDatabase(id: string): Promise<void>;
  deleteBlobs(id: string): Promise<void>;
  destroyKeys(id: string): Promise<void>;
}

export interface DestroyInstance {
  readonly registry: Pick<InstanceRegistry, 'findInstance' | 'markDestroying' | 'removeInstance'>;
  readonly data: InstanceData;
  /** Resolves once no server has the instance open any more; they notice the row's state by themselves. */
  waitUntilClosed(id: string): Promise<void>;
}

/**
 * Ends an instance: its row is marked first and removed last, so that an end that was interrupted is finished by asking
 * for it again, and nobody opens what is half gone.
 * @throws ProductError NOT_FOUND
 */
export async function destroyInstance(id: string, { registry, data, waitUntilClosed }: DestroyInstance): Promise<void> {
  if ((await registry.findInstance(id)) === undefined) {
    throw new ProductError('NOT_FOUND', `there is no instance ${id}: see the list of instances`);
  }
  await registry.markDestroying(id);
  await waitUntilClosed(id);
  await data.dropDatabase(id);
  await data.deleteBlobs(id);
  await data.destroyKeys(id);
  await registry.removeInstance(id);
}
