import type { Kysely } from 'kysely';
import type { InstanceSchema } from '../../db/instance/schema.ts';
import { ProductError } from '../../kernel/errors.ts';
import type { LoginProvider } from './login-provider.ts';
import { listProviderRows, toLoginProvider } from './provider-store.ts';

export const MAX_LOGIN_PROVIDERS = 20;

type Wanted = Pick<LoginProvider, 'id' | 'kind' | 'name' | 'settings'>;

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
  const { groupsClaim, groupPrefix } = wanted.settings;
  if (groupsClaim === null) return;
  const sharing = others.find(
    ({ kind, settings }) =>
      kind === wanted.kind && settings.groupsClaim !== null && settings.groupPrefix === groupPrefix,
  );
  if (sharing === undefined) return;
  throw new ProductError(
    'CONFLICT',
    `the login provider ${sharing.name} has the same settings.groupPrefix: choose another, so that its groups are not taken for those of this one`,
  );
}
