import { jsonRequest } from '../management/json-request.ts';
import { freshName, type Stage } from '../management/stage.ts';
import { type BodyRoute, idOf, plainView } from './body-route.ts';

const ROLES = '/api/roadstead/v1/roles';
const takes = ['name', 'description', 'permissions'];
const membersOf = (name: string): string => `"name":"${name}","permissions":["repository:pull"]`;

/** Roles that administrators make: none of them becomes one of the five, or more than it says. */
export const ROLE_ROUTES: readonly BodyRoute[] = [
  {
    route: 'POST /api/roadstead/v1/roles',
    as: 'an administrator',
    takes,
    open: async (_, stage) => ({
      request: (body) => jsonRequest('POST', ROLES, body),
      members: membersOf,
      view: (name, answer) => viewRole(stage, name, idOf(answer)),
      remove: async (_name, answer) => {
        await stage.do('DELETE', `${ROLES}/${idOf(answer)}`);
      },
    }),
  },
  {
    route: 'PUT /api/roadstead/v1/roles/:role',
    as: 'an administrator',
    takes,
    open: async (_, stage) => {
      const name = freshName();
      const id = idOf(await stage.do('POST', ROLES, `{${membersOf(name)}}`));
      stage.remove(`${ROLES}/${id}`);
      return {
        request: (body) => jsonRequest('PUT', `${ROLES}/${id}`, body),
        members: () => membersOf(name),
        view: () => viewRole(stage, name, id),
      };
    },
  },
];

async function viewRole(stage: Stage, name: string, id: number): Promise<string> {
  const { roles } = await stage.read<{ roles: readonly { name: string; builtin: boolean }[] }>(ROLES);
  return plainView([roles.filter((role) => role.builtin || role.name === name)], name, id);
}
