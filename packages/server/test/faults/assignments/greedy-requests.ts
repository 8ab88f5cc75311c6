import { expectStatus } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { jsonRequest, readDocument } from '../management/json-request.ts';
import { freshName, Stage } from '../management/stage.ts';
import { basicAuthorization, type SeededAccount } from '../seeded-accounts.ts';

const ROBOTS = '/api/v2.0/robots';
const TOKENS = '/api/roadstead/v1/access-tokens';
const MINE = 'faults-scratch';
const FOREIGN = 'faults';

const access = (...keys: readonly string[]) =>
  keys.map((key) => ({ resource: key.split(':')[0], action: key.split(':')[1] }));
const PULL = access('repository:pull');
const block = (kind: unknown, namespace: unknown, given: unknown = PULL) => ({ kind, namespace, access: given });

/** To an access token it gives what its owner has. */
const EVERYWHERE = [block('project', '*')];

/** Permissions that an administrator of one project does not have to give. */
const GREEDY: Readonly<Record<string, readonly object[]>> = {
  'of another project': [block('project', FOREIGN)],
  'of another project beside the own': [block('project', MINE), block('project', FOREIGN)],
  'of all projects': EVERYWHERE,
  'of all projects beside the own': [block('project', MINE), block('project', '*')],
  'of the registry': [block('system', '/', access('user:list'))],
  'of the registry beside the own': [block('project', MINE), block('system', '/', access('user:list'))],
  'of the registry, as a project': [block('project', '/', access('user:list'))],
  'of projects of a pattern': [block('project', 'faults*')],
  'of a project in a climb': [block('project', `${MINE}/../${FOREIGN}`)],
  'of a project in upper case': [block('project', FOREIGN.toUpperCase())],
  'of a project by its number': [block('project', '1')],
  'of a project in a list': [block('project', [MINE, FOREIGN])],
  'of another kind': [block('PROJECT', MINE)],
  'of no kind': [block('', MINE)],
  'of every resource': [block('project', MINE, access('*:*'))],
  'of every action': [block('project', MINE, access('repository:*'))],
  'that only administrators have': [block('project', MINE, access('metadata:list'))],
  'that are none': [block('project', MINE, access('everything:all'))],
  'that are no project’s': [block('project', MINE, access('user:create'))],
  'that are a prototype’s': [block('project', MINE, [{ resource: '__proto__', action: 'constructor' }])],
  'with another effect': [{ ...block('project', MINE), access: [{ ...PULL[0], effect: 'everything' }] }],
};
const LEVELS: readonly unknown[] = ['system', 'System', 'SYSTEM', 'project ', 'both', '', null, 1, ['project'], {}];

/** Requests for more than one has: refused as a whole, whatever else of them is lawful. */
export function createGreedyCases({ accounts, content }: Target): readonly FaultCase[] {
  const { owner, outsider } = accounts;
  const by = (account: SeededAccount) => [['Authorization', basicAuthorization(account)] as const];
  const robot = (permissions: unknown, level: unknown = 'project') => ({
    name: freshName(),
    level,
    duration: 1,
    permissions,
  });
  const refused = (name: string, method: string, target: string, body: object, as: SeededAccount): FaultCase => ({
    name,
    run: async (run) => {
      await expectStatus(run, jsonRequest(method, target, body, by(as)), [400, 401, 403, 404, 412, 422]);
    },
  });
  return [
    ...Object.entries(GREEDY).flatMap(([name, permissions]) => [
      refused(`a robot with permissions ${name}`, 'POST', ROBOTS, robot(permissions), owner),
      refused(`a robot of the registry with permissions ${name}`, 'POST', ROBOTS, robot(permissions, 'system'), owner),
      ...(permissions === EVERYWHERE
        ? [createIdleTokenCase(outsider, content.repository)]
        : [
            refused(
              `an access token with permissions ${name}`,
              'POST',
              TOKENS,
              { name: freshName(), permissions },
              outsider,
            ),
          ]),
      createWideningCase(`a robot that comes to have permissions ${name}`, permissions, by(owner)),
    ]),
    ...LEVELS.map((level) =>
      refused(
        `a robot of the level ${JSON.stringify(level)}`,
        'POST',
        ROBOTS,
        robot([block('project', MINE)], level),
        level === 'system' ? owner : outsider,
      ),
    ),
    ...[`/api/v2.0/projects/${FOREIGN}/members`, `/api/v2.0/projects/${content.project}/members`].map((target) =>
      refused(
        `membership of another project at ${target}`,
        'POST',
        target,
        { role_id: 1, member_user: { username: owner.username }, project_id: MINE },
        owner,
      ),
    ),
    ...[1, 4, 2, 5].map((role) =>
      refused(
        `the role ${role} for oneself`,
        'POST',
        `/api/v2.0/projects/${MINE}/members`,
        { role_id: role, member_user: { username: outsider.username } },
        outsider,
      ),
    ),
    ...createAccountCases(by, outsider),
  ];
}

/** A token for all projects is lawful, and is worth nothing to who has a right in none. */
function createIdleTokenCase({ username, password }: SeededAccount, repository: string): FaultCase {
  return {
    name: 'an access token for all projects of who has none',
    run: async (run) => {
      await using stage = new Stage(run);
      const headers = [['Authorization', basicAuthorization({ username, password })] as const];
      const body = { name: freshName(), permissions: EVERYWHERE };
      const { id, token } = readDocument<{ id: number; token: string }>(
        await run.ask(jsonRequest('POST', TOKENS, body, headers)),
      );
      stage.remove(`${TOKENS}/${id}`);
      const shown = [['Authorization', basicAuthorization({ username, password: token })] as const];
      for (const target of [`/v2/${repository}/tags/list`, `/v2/${repository}/manifests/latest`]) {
        await expectStatus(run, { method: 'GET', target, headers: shown }, [403]);
      }
    },
  };
}

/** A lawful robot of the own project, which is then to have more. */
function createWideningCase(
  name: string,
  permissions: readonly object[],
  headers: readonly (readonly [string, string])[],
): FaultCase {
  return {
    name,
    run: async (run) => {
      await using stage = new Stage(run);
      const lawful = { name: freshName(), level: 'project', duration: 1, permissions: [block('project', MINE)] };
      const { id } = readDocument<{ id: number }>(await stage.do('POST', ROBOTS, lawful));
      stage.remove(`${ROBOTS}/${id}`);
      const before = await stage.read(`${ROBOTS}/${id}`);
      const change = { level: 'project', duration: 1, permissions };
      await expectStatus(run, jsonRequest('PUT', `${ROBOTS}/${id}`, change, headers), [400, 403, 404, 422]);
      const after = await stage.read(`${ROBOTS}/${id}`);
      if (JSON.stringify(after) !== JSON.stringify(before)) run.complain(`it is another: ${JSON.stringify(after)}`);
    },
  };
}

/** Whose account it is, and what it is. */
function createAccountCases(
  by: (account: SeededAccount) => readonly (readonly [string, string])[],
  outsider: SeededAccount,
): readonly FaultCase[] {
  const attacks: readonly (readonly [string, (id: number) => string, object])[] = [
    ['PUT', (id) => `/api/v2.0/users/${id}/sysadmin`, { sysadmin_flag: true }],
    ['PUT', () => '/api/v2.0/users/1', { comment: 'taken', user_id: 3 }],
    ['PUT', () => '/api/v2.0/users/1/password', { old_password: 'x', new_password: 'Smuggled-4711' }],
    ['PUT', (id) => `/api/roadstead/v1/users/${id}/password`, { password: 'Smuggled-4711', mustChange: false }],
    ['POST', (id) => `/api/roadstead/v1/users/${id}/enable`, {}],
    [
      'POST',
      () => '/api/roadstead/v1/users',
      { username: 'smuggled', password: 'Smuggled-4711', isAdministrator: true },
    ],
    ['POST', () => '/api/v2.0/users', { username: 'smuggled', password: 'Smuggled-4711', sysadmin_flag: true }],
    ['POST', () => '/api/roadstead/v1/roles', { name: 'smuggled', permissions: ['repository:pull'] }],
    ['POST', () => '/api/roadstead/v1/groups', { name: 'smuggled' }],
    ['POST', () => '/api/v2.0/usergroups', { group_name: 'smuggled', group_type: 2 }],
    ['PUT', () => '/api/roadstead/v1/access-settings', { selfRegistration: true }],
    ['PUT', () => '/api/roadstead/v1/network-rules', { management: [], registry: [] }],
    ['PUT', () => '/api/roadstead/v1/mail/settings', {}],
    ['POST', () => '/api/roadstead/v1/mail/test', { to: 'x@example.com' }],
    ['PUT', () => '/api/roadstead/v1/audit/settings', { recordsPulls: true }],
    ['PUT', () => '/api/roadstead/v1/audit/retention', { days: 1 }],
    ['DELETE', () => '/api/roadstead/v1/access-tokens/1', { user: 'admin' }],
  ];
  return attacks.map(([method, target, body]) => ({
    name: `somebody without rights at ${method} ${target(0)} with ${JSON.stringify(body)}`,
    run: async (run) => {
      const answer = await run.ask({ method: 'GET', target: '/api/v2.0/users/current', headers: by(outsider) });
      const { user_id: id } = readDocument<{ user_id: number }>(answer);
      await expectStatus(run, jsonRequest(method, target(id), body, by(outsider)), [403, 404]);
    },
  }));
}
