import type { MatrixRoute, Names } from './matrix-routes.ts';

const OURS = '/api/roadstead/v1';
const PROJECT = `${OURS}/projects/:project`;
const pathOf = ({ project }: Names) => `${OURS}/projects/${project}`;

function needs(permission: string) {
  return { need: { kind: 'project', permission }, hasName: true } as const;
}

/** Other names for projects and repositories. */
export const NAME_ROUTES: readonly MatrixRoute[] = [
  {
    method: 'PUT',
    route: `${PROJECT}/name`,
    path: (n) => `${pathOf(n)}/name`,
    // The name that it has.
    body: ({ project }) => ({ name: project }),
    ...needs('project:update'),
  },
  {
    method: 'GET',
    route: `${PROJECT}/former-names`,
    path: (n) => `${pathOf(n)}/former-names`,
    ...needs('project:read'),
  },
  {
    method: 'DELETE',
    route: `${PROJECT}/former-names`,
    path: (n) => `${pathOf(n)}/former-names?name=nothing`,
    ...needs('project:update'),
  },
  {
    method: 'POST',
    route: `${OURS}/repository-moves`,
    path: () => `${OURS}/repository-moves`,
    body: ({ project, fresh }) => ({ from: `${project}/${fresh}`, to: `${project}/${fresh}-moved` }),
    ...needs('repository:delete'),
  },
];
