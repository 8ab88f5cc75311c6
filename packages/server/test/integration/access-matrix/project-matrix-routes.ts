import type { MatrixRoute, Names } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';
const PROJECT = `${HARBOR}/projects/:project_name_or_id`;
const METADATA = `${PROJECT}/metadatas`;
const REPOSITORIES = `${HARBOR}/projects/:project_name/repositories`;
const REPOSITORY = `${REPOSITORIES}/:repository_name`;

const projectOf = ({ project }: Names) => `${HARBOR}/projects/${project}`;

function repositoryOf(names: Names): string {
  const { repository } = names;
  return `${projectOf(names)}/repositories/${encodeURIComponent(repository.slice(repository.indexOf('/') + 1))}`;
}

function needs(permission: string) {
  return { need: { kind: 'project', permission }, hasName: true } as const;
}

/** What projects say of themselves, and their repositories. */
export const PROJECT_ROUTES: readonly MatrixRoute[] = [
  {
    method: 'GET',
    route: `${PROJECT}/_deletable`,
    path: (n) => `${projectOf(n)}/_deletable`,
    ...needs('project:delete'),
  },
  { method: 'GET', route: `${PROJECT}/summary`, path: (n) => `${projectOf(n)}/summary`, ...needs('project:read') },
  { method: 'GET', route: `${METADATA}/`, path: (n) => `${projectOf(n)}/metadatas/`, ...needs('metadata:list') },
  {
    method: 'POST',
    route: `${METADATA}/`,
    path: (n) => `${projectOf(n)}/metadatas/`,
    // It is there already.
    body: () => ({ public: 'true' }),
    ...needs('metadata:create'),
  },
  {
    method: 'GET',
    route: `${METADATA}/:meta_name`,
    path: (n) => `${projectOf(n)}/metadatas/public`,
    ...needs('metadata:read'),
  },
  {
    method: 'PUT',
    route: `${METADATA}/:meta_name`,
    path: (n) => `${projectOf(n)}/metadatas/public`,
    body: () => ({ public: 'perhaps' }),
    ...needs('metadata:update'),
  },
  {
    method: 'DELETE',
    route: `${METADATA}/:meta_name`,
    path: (n) => `${projectOf(n)}/metadatas/severity`,
    ...needs('metadata:delete'),
  },
  { method: 'GET', route: REPOSITORIES, path: (n) => `${projectOf(n)}/repositories`, ...needs('repository:list') },
  { method: 'GET', route: REPOSITORY, path: repositoryOf, ...needs('repository:read') },
  {
    method: 'PUT',
    route: REPOSITORY,
    path: repositoryOf,
    body: () => ({ description: '' }),
    ...needs('repository:update'),
  },
  // What is not there: the others need the one that is.
  { method: 'DELETE', route: REPOSITORY, path: (n) => `${repositoryOf(n)}-gone`, ...needs('repository:delete') },
  { method: 'GET', route: `${HARBOR}/repositories`, path: () => `${HARBOR}/repositories`, need: { kind: 'nothing' } },
];
