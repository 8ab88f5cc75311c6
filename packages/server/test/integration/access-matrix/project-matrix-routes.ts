import type { MatrixRoute, Names } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';
const PROJECT = `${HARBOR}/projects/:project_name_or_id`;
const METADATA = `${PROJECT}/metadatas`;

const projectOf = ({ project }: Names) => `${HARBOR}/projects/${project}`;

function needs(permission: string) {
  return { need: { kind: 'project', permission }, hasName: true } as const;
}

/** What projects say of themselves. */
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
];
