import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { ProductError } from '../../kernel/errors.ts';
import { givesGroups, type LoginProvider, type ProviderKind } from './login-provider.ts';
import { listProviderRows, toLoginProvider } from './provider-store.ts';

export const MAX_LOGIN_PROVIDERS = 20;

type Wanted = ProviderKind & Pick<LoginProvider, 'id' | 'name'>;

/**
 * Two providers never share a name, nor what their groups begin with: else whoever names groups at the one would give what the
 * groups of the other give.
 * @throws ProductError CONFLICT
 */
export async function assertProviderFits(tx: Kysely<InstanceSchema>, wanted: Wanted): Promise<void> {
  const all = (await listProviderRows(tx)).map(toLoginProvider);
  const others = all.filter(({ id }) => id !== wanted.id);
  if (others.length >= MAX_LOGIN_PROVIDERS) {
    throw new ProductError('CONFLICT', `there are ${others.length} login providers already: delete one first`);
  }
  if (others.some(({ name }) => name === wanted.name)) {
    throw new ProductError('CONFLICT', 'another login provider has this name');
  }
  if (!givesGroups(wanted)) return;
  const { groupPrefix } = wanted.settings;
  const sharing = others.find(
    (other) => other.kind === wanted.kind && givesGroups(other) && other.settings.groupPrefix === groupPrefix,
  );
  if (sharing === undefined) return;
  throw new ProductError(
    'CONFLICT',
    `the login provider ${sharing.name} has the same settings.groupPrefix: choose another, so that its groups are not taken for those of this one`,
  );
}
