import type { MatrixRoute, Names } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';
const ROUTE = `${HARBOR}/projects/:project_name/repositories`;
const ONE = `${ROUTE}/:repository_name`;

const listOf = ({ project }: Names) => `${HARBOR}/projects/${project}/repositories`;
const pathOf = (names: Names) =>
  `${listOf(names)}/${encodeURIComponent(names.repository.slice(names.repository.indexOf('/') + 1))}`;

function needs(permission: string) {
  return { need: { kind: 'project', permission }, hasName: true } as const;
}

/** Harbor's operations on repositories. */
export const REPOSITORY_ROUTES: readonly MatrixRoute[] = [
  { method: 'GET', route: `${HARBOR}/repositories`, path: () => `${HARBOR}/repositories`, need: { kind: 'nothing' } },
  { method: 'GET', route: ROUTE, path: listOf, ...needs('repository:list') },
  { method: 'GET', route: ONE, path: pathOf, ...needs('repository:read') },
  { method: 'PUT', route: ONE, path: pathOf, ...needs('repository:update'), body: () => ({ description: 'nothing' }) },
  { method: 'DELETE', route: ONE, path: pathOf, ...needs('repository:delete'), isDestructive: true },
];
