import type { LoginProvider } from '../../../identity/providers/login-provider.ts';
import { renderInstant } from '../instant.ts';

/** A provider as administrators see it: without its secret. */
export function renderProvider({ id, kind, name, position, settings, ...provider }: LoginProvider) {
  return {
    id,
    kind,
    name,
    position,
    settings: { ...settings, [kind === 'oidc' ? 'hasClientSecret' : 'hasSearchPassword']: provider.hasSecret },
    createdAt: renderInstant(provider.createdAt),
    updatedAt: renderInstant(provider.updatedAt),
  };
}
