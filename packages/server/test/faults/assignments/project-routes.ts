import type { Target } from '../fault-class.ts';
import { jsonRequest } from '../management/json-request.ts';
import { freshName, type Stage } from '../management/stage.ts';
import { basicAuthorization, type SeededAccount } from '../seeded-accounts.ts';
import { type BodyRoute, idOf, plainView } from './body-route.ts';
import { createWorkloadRuleRoutes } from './workload-rule-routes.ts';

const PROJECTS = '/api/v2.0/projects';
const OWN = '/api/roadstead/v1/projects';
const ROBOTS = '/api/v2.0/robots';
const TOKENS = '/api/roadstead/v1/access-tokens';

interface Place {
  readonly name: string;
  readonly id: number;
}

/** Operations in a project of the account's own, or on what is the account's own. */
export function createProjectRoutes({ accounts }: Target): readonly BodyRoute[] {
  const { owner, outsider } = accounts;
  const by = (account: SeededAccount) => [['Authorization', basicAuthorization(account)] as const];
  const open = (stage: Stage): Promise<Place> => openProject(stage, owner);
  return [
    {
      route: 'POST /api/v2.0/projects',
      as: 'somebody without rights',
      takes: ['project_name', 'public', 'metadata', 'cve_allowlist', 'storage_limit', 'registry_id'],
      open: async (_, stage) => ({
        request: (body) => jsonRequest('POST', PROJECTS, body, by(outsider)),
        members: (name) => `"project_name":"${name}"`,
        view: (name, answer) => viewProject(stage, { name, id: idOf(answer) }),
        remove: async (name) => {
          await stage.do('DELETE', `${PROJECTS}/${name}`);
        },
      }),
    },
    {
      route: 'PUT /api/v2.0/projects/:project_name_or_id',
      as: 'its administrator',
      takes: ['project_name', 'public', 'metadata', 'cve_allowlist', 'storage_limit', 'registry_id'],
      open: async (_, stage) => {
        const place = await open(stage);
        return {
          request: (body) => jsonRequest('PUT', `${PROJECTS}/${place.name}`, body, by(owner)),
          members: () => '"metadata":{"public":"false"}',
          view: () => viewProject(stage, place),
        };
      },
    },
    ...[
      { path: 'visibility', members: '"visibility":"private"' },
      { path: 'untagged-policy', members: '"afterMs":null' },
    ].map(
      ({ path, members }): BodyRoute => ({
        route: `PUT /api/roadstead/v1/projects/:project/${path}`,
        as: 'its administrator',
        takes: ['visibility', 'afterMs'],
        open: async (_, stage) => {
          const place = await open(stage);
          return {
            request: (body) => jsonRequest('PUT', `${OWN}/${place.name}/${path}`, body, by(owner)),
            members: () => members,
            view: () => viewProject(stage, place),
          };
        },
      }),
    ),
    ...createMemberRoutes(open, by(owner), outsider),
    ...createRobotRoutes(open, by(owner)),
    ...createWorkloadRuleRoutes(open, by(owner)),
    {
      route: 'POST /api/roadstead/v1/access-tokens',
      as: 'somebody without rights',
      takes: ['name', 'expiresInDays', 'permissions'],
      open: async (_, stage) => ({
        request: (body) => jsonRequest('POST', TOKENS, body, by(outsider)),
        members: (name) => `"name":"${name}"`,
        view: (name, answer) => viewToken(stage, name, idOf(answer), outsider),
        remove: async (_name, answer) => {
          await stage.do('DELETE', `${TOKENS}/${idOf(answer)}`);
        },
      }),
    },
  ];
}

function createMemberRoutes(
  open: (stage: Stage) => Promise<Place>,
  headers: readonly (readonly [string, string])[],
  { username }: SeededAccount,
): readonly BodyRoute[] {
  const takes = ['role_id', 'member_user', 'member_group', 'repositories'];
  const lawful = `"role_id":5,"member_user":{"username":"${username}"}`;
  const view = async (stage: Stage, { name, id }: Place, memberId: number) => {
    const elsewhere = await stage.read(`${PROJECTS}/faults/members`);
    const members = plainView([await stage.read(`${PROJECTS}/${id}/members`), elsewhere], name, id);
    return members.replaceAll(`"id":${memberId},`, '"id":"MEMBER",');
  };
  return [
    {
      route: 'POST /api/v2.0/projects/:project_name_or_id/members',
      as: "the project's administrator",
      takes,
      open: async (_, stage) => {
        const place = await open(stage);
        return {
          request: (body) => jsonRequest('POST', `${PROJECTS}/${place.name}/members`, body, headers),
          members: () => lawful,
          view: (_name, answer) => view(stage, place, idOf(answer)),
          remove: async (_name, answer) => {
            await stage.do('DELETE', `${PROJECTS}/${place.name}/members/${idOf(answer)}`);
          },
        };
      },
    },
    {
      route: 'PUT /api/v2.0/projects/:project_name_or_id/members/:mid',
      as: "the project's administrator",
      takes,
      open: async (_, stage) => {
        const place = await open(stage);
        const memberId = idOf(await stage.do('POST', `${PROJECTS}/${place.name}/members`, `{${lawful}}`));
        return {
          request: (body) => jsonRequest('PUT', `${PROJECTS}/${place.name}/members/${memberId}`, body, headers),
          members: () => '"role_id":5',
          view: () => view(stage, place, memberId),
        };
      },
    },
  ];
}

function createRobotRoutes(
  open: (stage: Stage) => Promise<Place>,
  headers: readonly (readonly [string, string])[],
): readonly BodyRoute[] {
  const takes = ['name', 'description', 'level', 'duration', 'disable', 'permissions', 'secret'];
  const openRobot = async (stage: Stage) => {
    const place = await open(stage);
    const id = idOf(await stage.do('POST', ROBOTS, `{"name":"kept",${robotMembers(place)}}`));
    return { place, id };
  };
  return [
    {
      route: 'POST /api/v2.0/robots',
      as: "a project's administrator",
      takes,
      open: async (_, stage) => {
        const place = await open(stage);
        return {
          request: (body) => jsonRequest('POST', ROBOTS, body, headers),
          members: (name) => `"name":"${name}",${robotMembers(place)}`,
          view: (name, answer) => viewRobot(stage, name, idOf(answer)),
          remove: async (_name, answer) => {
            await stage.do('DELETE', `${ROBOTS}/${idOf(answer)}`);
          },
        };
      },
    },
    {
      route: 'PUT /api/v2.0/robots/:robot_id',
      as: "a project's administrator",
      takes: takes.filter((name) => name !== 'secret'),
      open: async (_, stage) => {
        const { place, id } = await openRobot(stage);
        return {
          request: (body) => jsonRequest('PUT', `${ROBOTS}/${id}`, body, headers),
          members: () => robotMembers(place),
          view: () => viewRobot(stage, place.name, id),
        };
      },
    },
    {
      route: 'PATCH /api/v2.0/robots/:robot_id',
      as: "a project's administrator",
      takes: ['secret', 'overlap_seconds'],
      open: async (_, stage) => {
        const { place, id } = await openRobot(stage);
        return {
          request: (body) => jsonRequest('PATCH', `${ROBOTS}/${id}`, body, headers),
          members: () => '"secret":""',
          view: () => viewRobot(stage, place.name, id),
        };
      },
    },
  ];
}

/** The lawful members of a robot, but its name. */
function robotMembers({ name }: Place): string {
  const access = [{ resource: 'repository', action: 'pull' }];
  return `"level":"project","duration":1,"permissions":${JSON.stringify([{ kind: 'project', namespace: name, access }])}`;
}

/** A project of the account's own, which goes with all that is in it. */
async function openProject(stage: Stage, { username }: SeededAccount): Promise<Place> {
  const name = freshName();
  const id = idOf(await stage.do('POST', PROJECTS, { project_name: name }));
  stage.remove(`${PROJECTS}/${name}`);
  await stage.do('POST', `${PROJECTS}/${name}/members`, { role_id: 1, member_user: { username } });
  return { name, id };
}

async function viewProject(stage: Stage, { name, id }: Place): Promise<string> {
  const views = [
    await stage.read(`${PROJECTS}/${name}`),
    await stage.read(`${OWN}/${name}/visibility`),
    await stage.read(`${OWN}/${name}/untagged-policy`),
    (await stage.read<readonly { entity_name: string; role_id: number }[]>(`${PROJECTS}/${name}/members`)).map(
      ({ entity_name: who, role_id: role }) => `${who} ${role}`,
    ),
  ];
  return plainView(views, name, id);
}

/** The robot, and those of the registry as a whole. */
async function viewRobot(stage: Stage, name: string, id: number): Promise<string> {
  const ofSystem = await stage.read(`${ROBOTS}?q=${encodeURIComponent(`name=${name}`)}`);
  const robot = plainView([await stage.read(`${ROBOTS}/${id}`), ofSystem], name, id);
  // It names its project, which is another with each case.
  return robot.replaceAll(/throwaway-\d+/g, 'PROJECT');
}

/** The token, as one of its user's, and none of the administrator's. */
async function viewToken(stage: Stage, name: string, id: number, { username }: SeededAccount): Promise<string> {
  type Tokens = { readonly items: readonly { readonly name: string }[] };
  const views: unknown[] = [];
  for (const user of [username, 'admin']) {
    const { items } = await stage.read<Tokens>(`${TOKENS}?user=${user}`);
    views.push(items.filter((token) => token.name === name));
  }
  return plainView(views, name, id);
}
