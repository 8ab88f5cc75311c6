import type { MatrixRoute } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';

/** What is asked about the system that a registry runs on. */
export const SYSTEM_ROUTES: readonly MatrixRoute[] = [
  at('GET', `${HARBOR}/systeminfo/volumes`),
  // No address at all: nothing is connected to.
  { ...at('POST', `${HARBOR}/system/oidc/ping`), body: () => ({ url: '' }) },
];

function at(method: MatrixRoute['method'], route: string): MatrixRoute {
  return { method, route, path: () => route, need: { kind: 'administrator' } };
}
