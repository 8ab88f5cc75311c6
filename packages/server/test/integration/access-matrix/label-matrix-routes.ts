import type { MatrixRoute, Names } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';
const ON_ARTIFACT = `${HARBOR}/projects/:project_name/repositories/:repository_name/artifacts/:reference/labels`;
/** No label has it. */
const NO_ID = 987_654_321;

function pathOf({ project, repository, tag }: Names): string {
  const name = encodeURIComponent(repository.slice(repository.indexOf('/') + 1));
  return `${HARBOR}/projects/${project}/repositories/${name}/artifacts/${tag}/labels`;
}

function needs(permission: string) {
  return { need: { kind: 'project', permission }, hasName: true } as const;
}

/** Harbor's operations on labels of a project. */
export const LABEL_ROUTES: readonly MatrixRoute[] = [
  {
    method: 'GET',
    route: `${HARBOR}/labels`,
    path: ({ projectId }) => `${HARBOR}/labels?scope=p&project_id=${projectId}`,
    ...needs('label:list'),
  },
  {
    method: 'POST',
    route: `${HARBOR}/labels`,
    path: () => `${HARBOR}/labels`,
    ...needs('label:create'),
    body: ({ projectId, fresh }) => ({ name: fresh, scope: 'p', project_id: projectId }),
  },
  { method: 'POST', route: ON_ARTIFACT, path: pathOf, ...needs('artifact-label:create'), body: () => ({ id: NO_ID }) },
  {
    method: 'DELETE',
    route: `${ON_ARTIFACT}/:label_id`,
    path: (names) => `${pathOf(names)}/${NO_ID}`,
    ...needs('artifact-label:delete'),
  },
];
