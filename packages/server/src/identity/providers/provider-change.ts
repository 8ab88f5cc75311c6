import type { InstanceTransaction } from '../../db/instance/instance-database.ts';
import { type CreateLoginProviderInput, createLoginProvider } from './create-login-provider.ts';
import { type UpdateLoginProviderInput, updateLoginProvider } from './update-login-provider.ts';

/** One provider made or changed, as it crosses to the writer: checked, and its secret sealed. */
export type ProviderChange =
  | { readonly does: 'create'; readonly input: CreateLoginProviderInput }
  | { readonly does: 'update'; readonly input: UpdateLoginProviderInput };

/** For commands that change more than a provider. @throws ProductError NOT_FOUND, CONFLICT */
export function applyProviderChange(context: InstanceTransaction, change: ProviderChange): Promise<void> {
  return change.does === 'create'
    ? createLoginProvider(context, change.input)
    : updateLoginProvider(context, change.input);
}
