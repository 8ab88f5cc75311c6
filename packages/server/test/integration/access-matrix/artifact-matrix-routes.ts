import type { MatrixRoute, Names } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';
const ROUTE = `${HARBOR}/projects/:project_name/repositories/:repository_name/artifacts`;
const ONE = `${ROUTE}/:reference`;

function pathOf({ project, repository }: Names): string {
  const name = encodeURIComponent(repository.slice(repository.indexOf('/') + 1));
  return `${HARBOR}/projects/${project}/repositories/${name}/artifacts`;
}

function needs(permission: string) {
  return { need: { kind: 'project', permission }, hasName: true } as const;
}

/** Harbor's operations on artifacts. */
export const ARTIFACT_ROUTES: readonly MatrixRoute[] = [
  { method: 'GET', route: ROUTE, path: pathOf, ...needs('artifact:list') },
  { method: 'GET', route: ONE, path: (n) => `${pathOf(n)}/${n.tag}`, ...needs('artifact:read') },
  { method: 'GET', route: ONE, path: (n) => `${pathOf(n)}/${n.digest}`, ...needs('artifact:read') },
  { method: 'GET', route: `${ONE}/tags`, path: (n) => `${pathOf(n)}/${n.tag}/tags`, ...needs('tag:list') },
  {
    method: 'GET',
    route: `${ONE}/accessories`,
    path: (n) => `${pathOf(n)}/${n.tag}/accessories`,
    ...needs('accessory:list'),
  },
  {
    method: 'GET',
    route: `${HARBOR}/projects/:project_name_or_id/artifacts`,
    path: (n) => `${HARBOR}/projects/${n.project}/artifacts`,
    ...needs('artifact:list'),
  },
  {
    method: 'GET',
    route: `${ONE}/additions/vulnerabilities`,
    path: (n) => `${pathOf(n)}/${n.tag}/additions/vulnerabilities`,
    ...needs('artifact-addition:read'),
  },
  {
    method: 'GET',
    route: `${ONE}/additions/:addition`,
    path: (n) => `${pathOf(n)}/${n.tag}/additions/build_history`,
    ...needs('artifact-addition:read'),
  },
  {
    method: 'POST',
    route: ROUTE,
    path: (n) => `${pathOf(n)}?from=nothing`,
    ...needs('artifact:create'),
  },
  {
    method: 'DELETE',
    route: ONE,
    path: (n) => `${pathOf(n)}/${n.tag}`,
    ...needs('artifact:delete'),
    isDestructive: true,
  },
  {
    method: 'POST',
    route: `${ONE}/tags`,
    path: (n) => `${pathOf(n)}/${n.tag}/tags`,
    ...needs('tag:create'),
    body: () => ({ name: 'no tag' }),
  },
  {
    method: 'DELETE',
    route: `${ONE}/tags/:tag_name`,
    path: (n) => `${pathOf(n)}/${n.tag}/tags/nothing`,
    ...needs('tag:delete'),
  },
  {
    method: 'GET',
    route: `${HARBOR}/icons/:digest`,
    path: (n) => `${HARBOR}/icons/${n.digest}`,
    need: { kind: 'nothing' },
  },
];
