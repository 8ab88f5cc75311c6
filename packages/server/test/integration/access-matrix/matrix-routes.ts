import { ARTIFACT_ROUTES } from './artifact-matrix-routes.ts';
import { EXTERNAL_MATRIX_ROUTES } from './external-matrix-routes.ts';
import type { Need } from './golden-rights.ts';
import { LABEL_ROUTES } from './label-matrix-routes.ts';
import { LOOKUP_MATRIX_ROUTES } from './lookup-matrix-routes.ts';
import { NAME_ROUTES } from './name-matrix-routes.ts';
import { POLICY_MATRIX_ROUTES } from './policy-matrix-routes.ts';
import { PROJECT_ROUTES } from './project-matrix-routes.ts';
import { PROMOTION_MATRIX_ROUTES } from './promotion-matrix-routes.ts';
import { REPOSITORY_ROUTES } from './repository-matrix-routes.ts';
import { SYSTEM_ROUTES } from './system-matrix-routes.ts';

/** What a path or a body may name: things that are there, or others that are not. */
export interface Names {
  readonly project: string;
  readonly projectId: number;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly blob: string;
  readonly memberId: number;
  readonly robotId: number;
  readonly userId: number;
  readonly username: string;
  readonly groupId: number;
  /** Another with each request. */
  readonly fresh: string;
}

export interface MatrixRoute {
  readonly method: string;
  /** As it is registered; of the registry's own API as the specification writes it. */
  readonly route: string;
  readonly path: (names: Names) => string;
  readonly need: Need;
  readonly body?: (names: Names) => unknown;
  /** The type of a body that is no JSON. */
  readonly type?: string;
  /** What is allowed is asked for with names that are not there, so that nothing goes. */
  readonly isDestructive?: true;
  /** It names something that may be there or not. */
  readonly hasName?: true;
  /** A robot of the project that is made for each request which is allowed, since it goes. */
  readonly takesRobot?: true;
}

type More = Omit<MatrixRoute, 'method' | 'route' | 'path' | 'need'>;

const V2 = '/v2/<name>';
const HARBOR = '/api/v2.0';
const OURS = '/api/roadstead/v1';
const PERSON: Need = { kind: 'person' };
const SIGNED_IN: Need = { kind: 'signed-in' };
const ADMINISTRATOR: Need = { kind: 'administrator' };
const NOTHING: Need = { kind: 'nothing' };
const inProject = (permission: string): Need => ({ kind: 'project', permission });
const PULL = inProject('repository:pull');
const PUSH = inProject('repository:push');
const DELETE = inProject('repository:delete');
const NAMED = { hasName: true } as const;
const GONE = { hasName: true, isDestructive: true } as const;
const UPLOAD = 'uploads/00000000-0000-4000-8000-000000000000';

function of(method: string, route: string, path: (names: Names) => string, need: Need, more: More = {}): MatrixRoute {
  return { method, route, path, need, ...more };
}

/** Fixed paths, which name nothing. */
function at(method: string, path: string, need: Need, more: More = {}): MatrixRoute {
  return of(method, path.split('?')[0] ?? path, () => path, need, more);
}

const REGISTRY: readonly MatrixRoute[] = [
  at('GET', '/v2/', SIGNED_IN),
  at('GET', '/v2/_catalog', SIGNED_IN),
  ...['GET', 'HEAD'].flatMap((method) => [
    of(method, `${V2}/manifests/<reference>`, (n) => `/v2/${n.repository}/manifests/${n.tag}`, PULL, NAMED),
    of(method, `${V2}/manifests/<reference>`, (n) => `/v2/${n.repository}/manifests/${n.digest}`, PULL, NAMED),
    of(method, `${V2}/blobs/<digest>`, (n) => `/v2/${n.repository}/blobs/${n.blob}`, PULL, NAMED),
    of(method, `${V2}/tags/list`, (n) => `/v2/${n.repository}/tags/list`, PULL, NAMED),
    of(method, `${V2}/referrers/<digest>`, (n) => `/v2/${n.repository}/referrers/${n.digest}`, PULL, NAMED),
  ]),
  of('PUT', `${V2}/manifests/<reference>`, (n) => `/v2/${n.repository}/manifests/${n.fresh}`, PUSH, {
    ...NAMED,
    type: 'application/vnd.oci.image.manifest.v1+json',
    body: () => 'no manifest',
  }),
  of('POST', `${V2}/blobs/uploads/`, (n) => `/v2/${n.repository}/blobs/uploads/`, PUSH, NAMED),
  of('GET', `${V2}/blobs/uploads/<id>`, (n) => `/v2/${n.repository}/blobs/${UPLOAD}`, PUSH, NAMED),
  of('PATCH', `${V2}/blobs/uploads/<id>`, (n) => `/v2/${n.repository}/blobs/${UPLOAD}`, PUSH, NAMED),
  of('PUT', `${V2}/blobs/uploads/<id>`, (n) => `/v2/${n.repository}/blobs/${UPLOAD}?digest=${n.blob}`, PUSH, NAMED),
  of('DELETE', `${V2}/blobs/uploads/<id>`, (n) => `/v2/${n.repository}/blobs/${UPLOAD}`, PUSH, NAMED),
  of('DELETE', `${V2}/manifests/<reference>`, (n) => `/v2/${n.repository}/manifests/${n.digest}`, DELETE, GONE),
  of('DELETE', `${V2}/manifests/<reference>`, (n) => `/v2/${n.repository}/manifests/${n.tag}`, DELETE, GONE),
  of('DELETE', `${V2}/blobs/<digest>`, (n) => `/v2/${n.repository}/blobs/${n.blob}`, DELETE, GONE),
];

const PROJECT = `${HARBOR}/projects/:project_name_or_id`;

const PROJECTS: readonly MatrixRoute[] = [
  at('GET', `${HARBOR}/projects`, NOTHING),
  of('HEAD', `${HARBOR}/projects`, (n) => `${HARBOR}/projects?project_name=${n.fresh}`, SIGNED_IN),
  of('POST', `${HARBOR}/projects`, () => `${HARBOR}/projects`, PERSON, { body: (n) => ({ project_name: n.fresh }) }),
  of('GET', PROJECT, (n) => `${HARBOR}/projects/${n.projectId}`, inProject('project:read'), NAMED),
  of('GET', PROJECT, (n) => `${HARBOR}/projects/${n.project}`, inProject('project:read'), NAMED),
  of('PUT', PROJECT, (n) => `${HARBOR}/projects/${n.project}`, inProject('project:update'), {
    ...NAMED,
    body: () => ({ metadata: { public: 'false' } }),
  }),
  // It holds an image, and stays.
  of('DELETE', PROJECT, (n) => `${HARBOR}/projects/${n.project}`, inProject('project:delete'), NAMED),
  of('GET', `${PROJECT}/members`, (n) => `${HARBOR}/projects/${n.project}/members`, inProject('member:list'), NAMED),
  of('POST', `${PROJECT}/members`, (n) => `${HARBOR}/projects/${n.project}/members`, inProject('member:create'), {
    ...NAMED,
    body: (n) => ({ role_id: 5, member_user: { username: n.fresh } }),
  }),
  of(
    'GET',
    `${PROJECT}/members/:mid`,
    (n) => `${HARBOR}/projects/${n.project}/members/${n.memberId}`,
    inProject('member:read'),
    NAMED,
  ),
  of(
    'PUT',
    `${PROJECT}/members/:mid`,
    (n) => `${HARBOR}/projects/${n.project}/members/${n.memberId}`,
    inProject('member:update'),
    {
      ...GONE,
      body: () => ({ role_id: 5 }),
    },
  ),
  of(
    'DELETE',
    `${PROJECT}/members/:mid`,
    (n) => `${HARBOR}/projects/${n.project}/members/${n.memberId}`,
    inProject('member:delete'),
    GONE,
  ),
];

const ROBOT = `${HARBOR}/robots/:robot_id`;
const robotBody = (n: Names) => ({
  name: n.fresh,
  level: 'project',
  duration: 1,
  permissions: [{ kind: 'project', namespace: n.project, access: [{ resource: 'repository', action: 'pull' }] }],
});

const ROBOTS: readonly MatrixRoute[] = [
  of(
    'GET',
    `${HARBOR}/robots`,
    (n) => `${HARBOR}/robots?q=Level%3Dproject%2CProjectID%3D${n.projectId}`,
    inProject('robot:list'),
    NAMED,
  ),
  at('GET', `${HARBOR}/robots`, ADMINISTRATOR),
  of('POST', `${HARBOR}/robots`, () => `${HARBOR}/robots`, inProject('robot:create'), { ...NAMED, body: robotBody }),
  of('GET', ROBOT, (n) => `${HARBOR}/robots/${n.robotId}`, inProject('robot:read'), NAMED),
  of('PUT', ROBOT, (n) => `${HARBOR}/robots/${n.robotId}`, inProject('robot:update'), {
    ...NAMED,
    body: (n) => ({ level: 'project', duration: 1, permissions: robotBody(n).permissions }),
  }),
  of('PATCH', ROBOT, (n) => `${HARBOR}/robots/${n.robotId}`, inProject('robot:update'), {
    ...NAMED,
    body: () => ({ secret: '' }),
  }),
  of('DELETE', ROBOT, (n) => `${HARBOR}/robots/${n.robotId}`, inProject('robot:delete'), {
    ...NAMED,
    takesRobot: true,
  }),
  at('GET', `${HARBOR}/permissions`, { kind: 'user' }),
];

const USER = `${HARBOR}/users/:user_id`;
const user = (n: Names) => `${HARBOR}/users/${n.userId}`;
const OWN_USER = `${OURS}/users/:user`;
const ownUser = (n: Names) => `${OURS}/users/${n.userId}`;

const USERS: readonly MatrixRoute[] = [
  at('GET', `${HARBOR}/users`, ADMINISTRATOR),
  at('GET', `${HARBOR}/users/search?username=nobody`, SIGNED_IN),
  of('POST', `${HARBOR}/users`, () => `${HARBOR}/users`, ADMINISTRATOR, {
    body: (n) => ({ username: n.fresh, email: `${n.fresh}@example.org`, realname: 'x', password: 'Fresh-password-1' }),
  }),
  // A robot is told that it is no user.
  at('GET', `${HARBOR}/users/current`, SIGNED_IN),
  of('GET', USER, user, ADMINISTRATOR, NAMED),
  of('PUT', USER, user, ADMINISTRATOR, { ...NAMED, body: () => ({ comment: 'x' }) }),
  of('DELETE', USER, user, ADMINISTRATOR, GONE),
  of('PUT', `${USER}/sysadmin`, (n) => `${user(n)}/sysadmin`, ADMINISTRATOR, {
    ...GONE,
    body: () => ({ sysadmin_flag: true }),
  }),
  of('PUT', `${USER}/password`, (n) => `${user(n)}/password`, ADMINISTRATOR, {
    ...GONE,
    body: () => ({ new_password: 'Fresh-password-1' }),
  }),
  of('PUT', `${USER}/cli_secret`, (n) => `${user(n)}/cli_secret`, ADMINISTRATOR, {
    ...GONE,
    body: () => ({ secret: 'Fresh-secret-1' }),
  }),
  at('GET', `${OURS}/users`, ADMINISTRATOR),
  of('POST', `${OURS}/users`, () => `${OURS}/users`, ADMINISTRATOR, {
    body: (n) => ({ username: n.fresh, password: 'Fresh-password-1' }),
  }),
  of('GET', OWN_USER, ownUser, ADMINISTRATOR, NAMED),
  of('DELETE', OWN_USER, ownUser, ADMINISTRATOR, GONE),
  of('POST', `${OWN_USER}/disable`, (n) => `${ownUser(n)}/disable`, ADMINISTRATOR, GONE),
  of('POST', `${OWN_USER}/enable`, (n) => `${ownUser(n)}/enable`, ADMINISTRATOR, GONE),
  of('PUT', `${OWN_USER}/password`, (n) => `${ownUser(n)}/password`, ADMINISTRATOR, {
    ...GONE,
    body: () => ({ password: 'Fresh-password-1' }),
  }),
  of('GET', `${OWN_USER}/sessions`, (n) => `${ownUser(n)}/sessions`, ADMINISTRATOR, NAMED),
  of('DELETE', `${OWN_USER}/sessions`, (n) => `${ownUser(n)}/sessions`, ADMINISTRATOR, GONE),
  of(
    'DELETE',
    `${OWN_USER}/sessions/:session`,
    (n) => `${ownUser(n)}/sessions/00000000-0000-4000-8000-000000000000`,
    ADMINISTRATOR,
    GONE,
  ),
  of('POST', `${OWN_USER}/password-reset`, (n) => `${ownUser(n)}/password-reset`, ADMINISTRATOR, GONE),
  of('POST', `${OWN_USER}/invitation`, (n) => `${ownUser(n)}/invitation`, ADMINISTRATOR, GONE),
  of('DELETE', `${OWN_USER}/invitation`, (n) => `${ownUser(n)}/invitation`, ADMINISTRATOR, GONE),
  of('DELETE', `${OWN_USER}/second-factor`, (n) => `${ownUser(n)}/second-factor`, ADMINISTRATOR, GONE),
  at('GET', `${OURS}/mail/preferences`, PERSON),
  at('PUT', `${OURS}/mail/preferences`, PERSON, { body: () => ({ language: null, notices: true }) }),
  at('GET', `${OURS}/second-factor`, PERSON),
  at('POST', `${OURS}/second-factor/totp`, PERSON),
  at('GET', `${OURS}/identities`, PERSON),
  at('POST', `${OURS}/identities`, PERSON, { body: () => ({ provider: 'none' }) }),
  at('DELETE', `${OURS}/identities/999999`, PERSON),
  at('POST', `${OURS}/cli-secret`, PERSON),
  at('GET', `${OURS}/sessions`, PERSON),
  at('DELETE', `${OURS}/sessions/00000000-0000-4000-8000-000000000000`, PERSON),
  at('GET', `${OURS}/access-tokens`, PERSON),
  of('POST', `${OURS}/access-tokens`, () => `${OURS}/access-tokens`, PERSON, { body: (n) => ({ name: n.fresh }) }),
  at('DELETE', `${OURS}/access-tokens/999999`, PERSON),
  at('GET', `${OURS}/access-settings`, ADMINISTRATOR),
  at('PUT', `${OURS}/access-settings`, ADMINISTRATOR, { body: () => ({ selfRegistration: false }) }),
];

const HARBOR_GROUP = `${HARBOR}/usergroups/:group_id`;
const OUR_GROUP = `${OURS}/groups/:group`;
const harborGroup = (n: Names) => `${HARBOR}/usergroups/${n.groupId}`;
const ourGroup = (n: Names) => `${OURS}/groups/${n.groupId}`;

const GROUPS: readonly MatrixRoute[] = [
  at('GET', `${HARBOR}/usergroups`, ADMINISTRATOR),
  at('GET', `${HARBOR}/usergroups/search?groupname=nobody`, SIGNED_IN),
  of('POST', `${HARBOR}/usergroups`, () => `${HARBOR}/usergroups`, ADMINISTRATOR, {
    body: (n) => ({ group_name: n.fresh, group_type: 3 }),
  }),
  of('GET', HARBOR_GROUP, harborGroup, ADMINISTRATOR, NAMED),
  of('PUT', HARBOR_GROUP, harborGroup, ADMINISTRATOR, { ...GONE, body: (n) => ({ group_name: n.fresh }) }),
  of('DELETE', HARBOR_GROUP, harborGroup, ADMINISTRATOR, GONE),
  at('GET', `${OURS}/groups`, ADMINISTRATOR),
  of('POST', `${OURS}/groups`, () => `${OURS}/groups`, ADMINISTRATOR, { body: (n) => ({ name: n.fresh }) }),
  of('PUT', OUR_GROUP, ourGroup, ADMINISTRATOR, { ...GONE, body: (n) => ({ name: n.fresh }) }),
  of('DELETE', OUR_GROUP, ourGroup, ADMINISTRATOR, GONE),
  of('GET', `${OUR_GROUP}/members`, (n) => `${ourGroup(n)}/members`, ADMINISTRATOR, NAMED),
  of('PUT', `${OUR_GROUP}/members/:username`, (n) => `${ourGroup(n)}/members/${n.username}`, ADMINISTRATOR, GONE),
  of('DELETE', `${OUR_GROUP}/members/:username`, (n) => `${ourGroup(n)}/members/${n.username}`, ADMINISTRATOR, GONE),
  at('GET', `${OURS}/roles`, SIGNED_IN),
  of('POST', `${OURS}/roles`, () => `${OURS}/roles`, ADMINISTRATOR, {
    body: (n) => ({ name: n.fresh, permissions: ['repository:pull'] }),
  }),
  at('PUT', `${OURS}/roles/999999`, ADMINISTRATOR, {
    body: () => ({ name: 'nobody', permissions: ['repository:pull'] }),
  }),
  at('DELETE', `${OURS}/roles/999999`, ADMINISTRATOR),
  at('GET', `${OURS}/access/whoami`, SIGNED_IN),
];

const OUR_PROJECT = `${OURS}/projects/:project`;
const ourProject = (n: Names) => `${OURS}/projects/${n.project}`;
const OUR_RULES = `${OUR_PROJECT}/workload-rules`;
const ourRules = (n: Names) => `${ourProject(n)}/workload-rules`;
const ruleBody = (n: Names) => ({
  name: n.fresh,
  issuer: 'https://issuer.example',
  conditions: { sub: ['ci'] },
  permissions: [{ resource: 'repository', action: 'pull' }],
});

const OPERATIONS: readonly MatrixRoute[] = [
  of('GET', `${OUR_PROJECT}/visibility`, (n) => `${ourProject(n)}/visibility`, inProject('project:read'), NAMED),
  of('PUT', `${OUR_PROJECT}/visibility`, (n) => `${ourProject(n)}/visibility`, inProject('project:update'), {
    ...NAMED,
    body: () => ({ visibility: 'private' }),
  }),
  of('GET', `${OUR_PROJECT}/trash`, (n) => `${ourProject(n)}/trash`, inProject('project:update'), NAMED),
  of(
    'POST',
    `${OUR_PROJECT}/trash/:id/restore`,
    (n) => `${ourProject(n)}/trash/999999/restore`,
    inProject('project:update'),
    NAMED,
  ),
  of('DELETE', `${OUR_PROJECT}/trash/:id`, (n) => `${ourProject(n)}/trash/999999`, inProject('project:delete'), NAMED),
  of('DELETE', `${OUR_PROJECT}/trash`, (n) => `${ourProject(n)}/trash`, inProject('project:delete'), NAMED),
  of(
    'GET',
    `${OUR_PROJECT}/untagged-policy`,
    (n) => `${ourProject(n)}/untagged-policy`,
    inProject('project:update'),
    NAMED,
  ),
  of('PUT', `${OUR_PROJECT}/untagged-policy`, (n) => `${ourProject(n)}/untagged-policy`, inProject('project:update'), {
    ...NAMED,
    body: () => ({ afterMs: null }),
  }),
  of('GET', OUR_RULES, ourRules, inProject('robot:list'), NAMED),
  of('POST', OUR_RULES, ourRules, inProject('robot:create'), { ...NAMED, body: ruleBody }),
  of('POST', `${OUR_RULES}/test`, (n) => `${ourRules(n)}/test`, inProject('robot:list'), {
    ...NAMED,
    body: () => ({ token: 'none' }),
  }),
  of('GET', `${OUR_RULES}/:id`, (n) => `${ourRules(n)}/999999`, inProject('robot:read'), NAMED),
  of('PUT', `${OUR_RULES}/:id`, (n) => `${ourRules(n)}/999999`, inProject('robot:update'), {
    ...NAMED,
    body: ruleBody,
  }),
  of('DELETE', `${OUR_RULES}/:id`, (n) => `${ourRules(n)}/999999`, inProject('robot:delete'), NAMED),
  at('GET', `${OURS}/garbage-collection`, ADMINISTRATOR),
  at('POST', `${OURS}/garbage-collection/runs`, ADMINISTRATOR, { body: () => ({ mode: 'dry-run' }) }),
  at('POST', `${OURS}/garbage-collection/confirmation`, ADMINISTRATOR, { body: () => ({ bytes: 1 }) }),
  at('GET', `${OURS}/scrub`, ADMINISTRATOR),
  at('POST', `${OURS}/scrub/runs`, ADMINISTRATOR),
  at('GET', `${OURS}/executions`, ADMINISTRATOR),
  at('GET', `${OURS}/executions/999999`, ADMINISTRATOR),
  at('POST', `${OURS}/executions/999999/stop`, ADMINISTRATOR),
  at('GET', `${OURS}/jobs/999999/log`, ADMINISTRATOR),
  at('POST', `${OURS}/jobs/999999/retry`, ADMINISTRATOR),
  at('GET', `${OURS}/network-rules`, ADMINISTRATOR),
  at('PUT', `${OURS}/network-rules`, ADMINISTRATOR, { body: () => ({ management: [], registry: [] }) }),
  at('GET', `${OURS}/mail/settings`, ADMINISTRATOR),
  at('GET', `${OURS}/mail/queue`, ADMINISTRATOR),
  at('POST', `${OURS}/mail/test`, ADMINISTRATOR, { body: () => ({ to: 'nobody' }) }),
  of('GET', `${OURS}/audit/entries`, (n) => `${OURS}/audit/entries?project=${n.project}`, inProject('log:list'), NAMED),
  at('GET', `${OURS}/audit/entries`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/entries.csv?limit=1&until=2000-01-01`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/entries.jsonl?until=2000-01-01`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/settings`, ADMINISTRATOR),
  at('PUT', `${OURS}/audit/settings`, ADMINISTRATOR, { body: () => ({ recordsPulls: false }) }),
  at('GET', `${OURS}/audit/forwarding`, ADMINISTRATOR),
  at('DELETE', `${OURS}/audit/forwarding`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/checkpoint`, ADMINISTRATOR),
  at('POST', `${OURS}/audit/checkpoint`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/keys`, ADMINISTRATOR),
  at('POST', `${OURS}/audit/keys`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/proofs/entries/1`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/proofs/consistency?from=1&to=1`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/retention`, ADMINISTRATOR),
  at('PUT', `${OURS}/audit/retention`, ADMINISTRATOR, { body: () => ({ days: null }) }),
  at('POST', `${OURS}/audit/erasures`, ADMINISTRATOR, { body: () => ({ account: 'user:999999' }) }),
  at('GET', `${HARBOR}/configurations`, ADMINISTRATOR),
  at('PUT', `${HARBOR}/configurations`, ADMINISTRATOR, { body: () => ({ auth_mode: 'nothing' }) }),
  at('POST', `${HARBOR}/ldap/ping`, ADMINISTRATOR, { body: () => ({}) }),
  at('GET', `${HARBOR}/ldap/users/search`, ADMINISTRATOR),
  at('GET', `${HARBOR}/ldap/groups/search`, ADMINISTRATOR),
  at('POST', `${HARBOR}/ldap/users/import`, ADMINISTRATOR, { body: () => ({ ldap_uid_list: ['nobody'] }) }),
  at('GET', `${OURS}/login-providers`, ADMINISTRATOR),
  at('POST', `${OURS}/login-providers`, ADMINISTRATOR, { body: () => ({ name: 'nothing' }) }),
  at('GET', `${OURS}/login-providers/none`, ADMINISTRATOR),
  at('PUT', `${OURS}/login-providers/none`, ADMINISTRATOR, { body: () => ({ name: 'nothing' }) }),
  at('DELETE', `${OURS}/login-providers/none`, ADMINISTRATOR),
  at('POST', `${OURS}/login-providers/none/ping`, ADMINISTRATOR),
  at('GET', `${OURS}/open-id-connect`, ADMINISTRATOR),
  at('POST', `${OURS}/open-id-connect`, ADMINISTRATOR, { body: () => ({ provider: { name: 'nothing' } }) }),
  at('PUT', `${OURS}/open-id-connect`, ADMINISTRATOR, { body: () => ({ name: 'nothing' }) }),
  at('DELETE', `${OURS}/open-id-connect`, ADMINISTRATOR),
  at('GET', `${OURS}/audit/witnesses`, ADMINISTRATOR),
  at('DELETE', `${OURS}/audit/witnesses/nobody`, ADMINISTRATOR),
];

export const MATRIX_ROUTES: readonly MatrixRoute[] = [
  ...REGISTRY,
  ...PROJECTS,
  ...ROBOTS,
  ...USERS,
  ...GROUPS,
  ...OPERATIONS,
  ...NAME_ROUTES,
  ...ARTIFACT_ROUTES,
  ...PROJECT_ROUTES,
  ...SYSTEM_ROUTES,
  ...POLICY_MATRIX_ROUTES,
  ...EXTERNAL_MATRIX_ROUTES,
  ...LOOKUP_MATRIX_ROUTES,
  ...PROMOTION_MATRIX_ROUTES,
  ...REPOSITORY_ROUTES,
  ...LABEL_ROUTES,
];

/** Names that lead to nothing. */
export function missingNames(fresh: string): Names {
  const digest = `sha256:${'0'.repeat(64)}`;
  return {
    project: 'ghost',
    projectId: 888_888,
    repository: 'ghost/app',
    tag: 'ghost',
    digest,
    blob: digest,
    memberId: 888_888,
    robotId: 888_888,
    userId: 888_888,
    username: 'ghost-user',
    groupId: 888_888,
    fresh,
  };
}
