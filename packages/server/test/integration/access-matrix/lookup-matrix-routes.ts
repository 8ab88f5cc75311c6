import type { MatrixRoute } from './matrix-routes.ts';

const HARBOR = '/api/v2.0';

/** What is looked up across projects: each asker gets what they may see. */
export const LOOKUP_MATRIX_ROUTES: readonly MatrixRoute[] = [
  { method: 'GET', route: `${HARBOR}/search`, path: () => `${HARBOR}/search?q=app`, need: { kind: 'nothing' } },
  { method: 'GET', route: `${HARBOR}/statistics`, path: () => `${HARBOR}/statistics`, need: { kind: 'signed-in' } },
  { method: 'GET', route: `${HARBOR}/audit-logs`, path: () => `${HARBOR}/audit-logs`, need: { kind: 'signed-in' } },
  {
    method: 'GET',
    route: `${HARBOR}/auditlog-exts`,
    path: () => `${HARBOR}/auditlog-exts`,
    need: { kind: 'signed-in' },
  },
  {
    method: 'GET',
    route: `${HARBOR}/auditlog-exts/events`,
    path: () => `${HARBOR}/auditlog-exts/events`,
    need: { kind: 'administrator' },
  },
  ofProject('logs'),
  ofProject('auditlog-exts'),
];

function ofProject(name: string): MatrixRoute {
  return {
    method: 'GET',
    route: `${HARBOR}/projects/:project_name/${name}`,
    path: (n) => `${HARBOR}/projects/${n.project}/${name}`,
    need: { kind: 'project', permission: 'log:list' },
    hasName: true,
  };
}
