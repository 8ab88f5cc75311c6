import type { Need } from './golden-rights.ts';
import type { MatrixRoute } from './matrix-routes.ts';
import { SCANNER_MATRIX_ROUTES } from './scanner-matrix-routes.ts';

const HARBOR = '/api/v2.0';
const ADMINISTRATOR: Need = { kind: 'administrator' };

function at(method: string, path: string, body?: unknown): MatrixRoute {
  const route = `${HARBOR}${path}`;
  const made = { method, route, path: () => route, need: ADMINISTRATOR };
  return body === undefined ? made : { ...made, body: () => body };
}

/** Operations on services elsewhere. */
export const EXTERNAL_MATRIX_ROUTES: readonly MatrixRoute[] = [
  at('GET', '/replication/adapters'),
  at('GET', '/replication/adapterinfos'),
  at('GET', '/registries'),
  at('POST', '/registries', { name: '' }),
  at('POST', '/registries/ping', { url: '' }),
  at('GET', '/registries/888888'),
  at('PUT', '/registries/888888', { description: 'nothing' }),
  at('DELETE', '/registries/888888'),
  at('GET', '/registries/0/info'),
  at('GET', '/replication/policies'),
  at('POST', '/replication/policies', { name: '' }),
  at('GET', '/replication/policies/888888'),
  at('PUT', '/replication/policies/888888', { name: '' }),
  at('DELETE', '/replication/policies/888888'),
  at('GET', '/replication/executions'),
  at('POST', '/replication/executions', { policy_id: 888_888 }),
  at('GET', '/replication/executions/888888'),
  at('PUT', '/replication/executions/888888'),
  at('GET', '/replication/executions/888888/tasks'),
  at('GET', '/replication/executions/888888/tasks/1/log'),
  ...SCANNER_MATRIX_ROUTES,
];
