import type { MatrixRoute, Names } from './matrix-routes.ts';

const PROJECT = '/api/v2.0/projects/:project_name_or_id';
const project = (n: Names) => `/api/v2.0/projects/${n.project}`;
const inProject = (permission: string) => ({ kind: 'project', permission }) as const;

const HARBOR = '/api/v2.0';

/** What is for administrators, at a path that names nothing of anybody. */
function system(method: string, route: string, path = route, body?: unknown): MatrixRoute {
  const need = { kind: 'administrator' } as const;
  return {
    method,
    route: `${HARBOR}${route}`,
    path: () => `${HARBOR}${path}`,
    need,
    ...(body !== undefined && { body: () => body }),
  };
}

const RULE = {
  tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: 'kept' }],
  scope_selectors: { repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: 'kept' }] },
};

const HOOK = ':webhook_policy_id';

/** Of the webhooks of a project: a policy that is not there. */
function hook(method: string, route: string, action: string, body?: unknown): MatrixRoute {
  return {
    method,
    route: `${PROJECT}/webhook${route}`,
    path: (n) => `${project(n)}/webhook${route.replaceAll(/:\w+/g, '888888')}`,
    need: inProject(`notification-policy:${action}`),
    hasName: true,
    ...(body !== undefined && { body: () => body }),
  };
}

const IDS: Readonly<Record<string, string>> = { gc: 'gc_id', purgeaudit: 'purge_id' };
const METADATA = `${HARBOR}/retentions/metadatas`;
const retention = (ref: number) => ({ algorithm: 'or', rules: [], scope: { level: 'project', ref } });

/** What projects forbid and keep, and what an operator has set for later. */
export const POLICY_MATRIX_ROUTES: readonly MatrixRoute[] = [
  {
    method: 'GET',
    route: `${PROJECT}/immutabletagrules`,
    path: (n) => `${project(n)}/immutabletagrules`,
    need: inProject('immutable-tag:list'),
    hasName: true,
  },
  {
    method: 'POST',
    route: `${PROJECT}/immutabletagrules`,
    path: (n) => `${project(n)}/immutabletagrules`,
    need: inProject('immutable-tag:create'),
    hasName: true,
    body: () => RULE,
  },
  {
    method: 'PUT',
    route: `${PROJECT}/immutabletagrules/:immutable_rule_id`,
    path: (n) => `${project(n)}/immutabletagrules/999999`,
    need: inProject('immutable-tag:update'),
    hasName: true,
    body: () => RULE,
  },
  {
    method: 'DELETE',
    route: `${PROJECT}/immutabletagrules/:immutable_rule_id`,
    path: (n) => `${project(n)}/immutabletagrules/999999`,
    need: inProject('immutable-tag:delete'),
    hasName: true,
  },
  {
    method: 'POST',
    route: `${HARBOR}/retentions`,
    path: () => `${HARBOR}/retentions`,
    need: inProject('tag-retention:create'),
    hasName: true,
    body: (n) => retention(n.projectId),
  },
  { method: 'GET', route: METADATA, path: () => METADATA, need: { kind: 'signed-in' } },
  // Of a policy that is not there: only who sees every project is told so.
  system('GET', '/retentions/:id', '/retentions/888888'),
  system('PUT', '/retentions/:id', '/retentions/888888', retention(888_888)),
  system('DELETE', '/retentions/:id', '/retentions/888888'),
  system('POST', '/retentions/:id/executions', '/retentions/888888/executions', { dry_run: true }),
  system('GET', '/retentions/:id/executions', '/retentions/888888/executions'),
  system('PATCH', '/retentions/:id/executions/:eid', '/retentions/888888/executions/1', { action: 'stop' }),
  system('GET', '/retentions/:id/executions/:eid/tasks', '/retentions/888888/executions/1/tasks'),
  system('GET', '/retentions/:id/executions/:eid/tasks/:tid', '/retentions/888888/executions/1/tasks/1'),
  system('GET', '/quotas'),
  system('GET', '/quotas/:id', '/quotas/999999'),
  system('PUT', '/quotas/:id', '/quotas/999999', { hard: { storage: -1 } }),
  ...['gc', 'purgeaudit'].flatMap((work) => [
    system('GET', `/system/${work}`),
    system('GET', `/system/${work}/:${IDS[work]}`, `/system/${work}/888888`),
    system('PUT', `/system/${work}/:${IDS[work]}`, `/system/${work}/888888`),
    system('GET', `/system/${work}/:${IDS[work]}/log`, `/system/${work}/888888/log`),
    system('GET', `/system/${work}/schedule`),
    system('POST', `/system/${work}/schedule`, `/system/${work}/schedule`, { schedule: { type: 'None' } }),
    system('PUT', `/system/${work}/schedule`, `/system/${work}/schedule`, { schedule: { type: 'None' } }),
  ]),
  system('GET', '/jobservice/pools'),
  system('GET', '/jobservice/pools/:pool_id/workers', '/jobservice/pools/all/workers'),
  system('PUT', '/jobservice/jobs/:job_id', '/jobservice/jobs/888888'),
  system('GET', '/jobservice/jobs/:job_id/log', '/jobservice/jobs/888888/log'),
  system('GET', '/jobservice/queues'),
  system('PUT', '/jobservice/queues/:job_type', '/jobservice/queues/NOTHING', { action: 'stop' }),
  system('GET', '/schedules'),
  { ...system('GET', '/schedules/:job_type/paused', '/schedules/all/paused'), need: { kind: 'signed-in' } },
  { ...system('GET', '/system/CVEAllowlist'), need: { kind: 'signed-in' } },
  system('PUT', '/system/CVEAllowlist', '/system/CVEAllowlist', { items: [] }),
  hook('GET', '/policies', 'list'),
  hook('POST', '/policies', 'create', { name: '' }),
  hook('GET', `/policies/${HOOK}`, 'read'),
  hook('PUT', `/policies/${HOOK}`, 'update', { name: '' }),
  hook('DELETE', `/policies/${HOOK}`, 'delete'),
  hook('GET', `/policies/${HOOK}/executions`, 'read'),
  hook('GET', `/policies/${HOOK}/executions/:execution_id/tasks`, 'read'),
  hook('GET', `/policies/${HOOK}/executions/:execution_id/tasks/:task_id/log`, 'read'),
  hook('GET', '/lasttrigger', 'read'),
  hook('GET', '/events', 'read'),
  { ...hook('GET', '/jobs', 'list'), path: (n) => `${project(n)}/webhook/jobs?policy_id=888888` },
];
