import type { CaseRun } from '../fault-class.ts';
import { jsonRequest } from '../management/json-request.ts';
import { CURRENT_USER } from '../management/page.ts';
import { freshName, type Stage } from '../management/stage.ts';
import { basicAuthorization, type SeededAccount } from '../seeded-accounts.ts';
import { forwardedFor } from '../trusted-proxy.ts';
import { type BodyRoute, idOf, plainView } from './body-route.ts';
import { SMUGGLED_SECRET } from './smuggled-members.ts';

const OWN = '/api/roadstead/v1/users';
const HARBOR = '/api/v2.0/users';
const PROFILE = ['email', 'realname', 'comment'];
const PASSWORD = 'Lawful-31415';
/** A password is hashed for each of them. */
const COSTLY = ['what makes an administrator', 'who somebody is', 'prototypes', 'its shape'];

const by = (account: SeededAccount) => [['Authorization', basicAuthorization(account)] as const];

async function viewUser(stage: Stage, id: number, name: string): Promise<string> {
  const views = [
    await stage.read(`${OWN}/${id}`),
    await stage.read(`${HARBOR}/${id}`),
    await stage.read(`/api/roadstead/v1/access-tokens?user=${name}`),
  ];
  for (const project of ['faults', 'faults-scratch', 'faults-public']) {
    views.push(await stage.read(`/api/v2.0/projects/${project}/members?entityname=${name}`));
  }
  return plainView(views, name, id);
}

/** The password is what it was, and not what was smuggled. @returns what is wrong */
async function provePassword(run: CaseRun, account: SeededAccount): Promise<readonly string[]> {
  const status = async (credentials: SeededAccount) => {
    const headers = [...by(credentials), forwardedFor()];
    const answer = await run.ask({ method: 'GET', target: CURRENT_USER, headers });
    return typeof answer === 'string' ? answer : answer.status;
  };
  const wrong: string[] = [];
  if ((await status(account)) !== 200) wrong.push('the password is another');
  if ((await status({ ...account, password: SMUGGLED_SECRET })) !== 401) wrong.push('the smuggled password signs in');
  return wrong;
}

/** A robot that may what an operator gave it, and is no person. */
async function openRobot(stage: Stage, resource: string): Promise<SeededAccount> {
  const access = ['create', 'update', 'read', 'list'].map((action) => ({ resource, action }));
  const permissions = [{ kind: 'system', namespace: '/', access }];
  const body = { name: freshName(), level: 'system', duration: 1, permissions };
  const made = await stage.do('POST', '/api/v2.0/robots', body);
  const { id, name, secret } = JSON.parse(made.body.toString('utf8')) as { id: number; name: string; secret: string };
  stage.remove(`/api/v2.0/robots/${id}`);
  return { username: name, password: secret };
}

const removeUser = (stage: Stage) => async (_: string, answer: Parameters<typeof idOf>[0]) => {
  await stage.do('DELETE', `${OWN}/${idOf(answer)}`);
};

export const PEOPLE_ROUTES: readonly BodyRoute[] = [
  {
    route: 'PUT /api/v2.0/users/:user_id',
    as: 'the user',
    takes: PROFILE,
    open: async (run, stage) => {
      const account = await stage.account();
      return {
        request: (body) => jsonRequest('PUT', `${HARBOR}/${account.id}`, body, by(account)),
        members: () => '"comment":"lawful"',
        view: () => viewUser(stage, account.id, account.username),
        prove: () => provePassword(run, account),
      };
    },
  },
  {
    route: 'PUT /api/v2.0/users/:user_id/password',
    as: 'the user',
    takes: ['old_password', 'new_password'],
    families: COSTLY,
    open: async (_, stage) => {
      const account = await stage.account();
      const passwords = [account.password, PASSWORD] as const;
      // What was taken makes the other one the old one.
      let isChanged = false;
      return {
        request: (body) => {
          const shown = { ...account, password: passwords[isChanged ? 1 : 0] };
          return jsonRequest('PUT', `${HARBOR}/${account.id}/password`, body, by(shown));
        },
        members: () =>
          `"old_password":"${passwords[isChanged ? 1 : 0]}","new_password":"${passwords[isChanged ? 0 : 1]}"`,
        view: async (_name, answer) => {
          if (answer.status === 200) isChanged = !isChanged;
          return viewUser(stage, account.id, account.username);
        },
      };
    },
  },
  {
    route: 'POST /api/v2.0/users',
    as: 'a stranger, where strangers may',
    takes: ['username', 'password', ...PROFILE],
    families: COSTLY,
    isWhole: true,
    open: async (_, stage) => {
      await stage.do('PUT', '/api/roadstead/v1/access-settings', { selfRegistration: true });
      stage.onEnd(async () => {
        await stage.do('PUT', '/api/roadstead/v1/access-settings', { selfRegistration: false });
      });
      return {
        request: (body) => ({ ...jsonRequest('POST', HARBOR, body), isAnonymous: true }),
        members: (name) => `"username":"${name}","password":"${PASSWORD}"`,
        view: (name, answer) => viewUser(stage, idOf(answer), name),
        remove: removeUser(stage),
      };
    },
  },
  {
    route: 'POST /api/v2.0/users',
    as: 'a robot that may make users',
    takes: ['username', 'password', ...PROFILE],
    families: COSTLY,
    open: async (_, stage) => {
      const robot = await openRobot(stage, 'user');
      return {
        request: (body) => jsonRequest('POST', HARBOR, body, by(robot)),
        members: (name) => `"username":"${name}","password":"${PASSWORD}"`,
        view: (name, answer) => viewUser(stage, idOf(answer), name),
        remove: removeUser(stage),
      };
    },
  },
  {
    route: 'PUT /api/v2.0/users/:user_id',
    as: 'a robot that may change users',
    takes: PROFILE,
    open: async (run, stage) => {
      const account = await stage.account();
      const robot = await openRobot(stage, 'user');
      return {
        request: (body) => jsonRequest('PUT', `${HARBOR}/${account.id}`, body, by(robot)),
        members: () => '"comment":"lawful"',
        view: () => viewUser(stage, account.id, account.username),
        prove: () => provePassword(run, account),
      };
    },
  },
  {
    route: 'PUT /api/v2.0/users/:user_id/password',
    as: 'a robot that may change users',
    takes: ['new_password'],
    families: COSTLY,
    open: async (run, stage) => {
      const account = await stage.account();
      const robot = await openRobot(stage, 'user');
      return {
        request: (body) => jsonRequest('PUT', `${HARBOR}/${account.id}/password`, body, by(robot)),
        members: () => `"new_password":"${account.password}"`,
        view: () => viewUser(stage, account.id, account.username),
        prove: () => provePassword(run, account),
      };
    },
  },
  {
    route: 'POST /api/roadstead/v1/users',
    as: 'an administrator',
    takes: ['username', 'password', 'email', 'realName', 'comment', 'isAdministrator', 'mustChangePassword', 'invite'],
    families: COSTLY,
    open: async (_, stage) => ({
      request: (body) => jsonRequest('POST', OWN, body),
      members: (name) => `"username":"${name}","password":"${PASSWORD}"`,
      view: (name, answer) => viewUser(stage, idOf(answer), name),
      remove: removeUser(stage),
    }),
  },
  {
    route: 'PUT /api/roadstead/v1/users/:user/password',
    as: 'an administrator',
    takes: ['password', 'mustChange'],
    families: COSTLY,
    open: async (run, stage) => {
      const account = await stage.account();
      return {
        request: (body) => jsonRequest('PUT', `${OWN}/${account.id}/password`, body),
        members: () => `"password":"${account.password}","mustChange":false`,
        view: () => viewUser(stage, account.id, account.username),
        prove: () => provePassword(run, account),
      };
    },
  },
  {
    route: 'PUT /api/v2.0/users/:user_id/sysadmin',
    as: 'an administrator',
    takes: ['sysadmin_flag'],
    open: async (run, stage) => {
      const account = await stage.account();
      return {
        request: (body) => jsonRequest('PUT', `${HARBOR}/${account.id}/sysadmin`, body),
        members: () => '"sysadmin_flag":false',
        view: () => viewUser(stage, account.id, account.username),
        prove: () => provePassword(run, account),
      };
    },
  },
  ...(['POST', 'PUT'] as const).map(
    (method): BodyRoute => ({
      route: `${method} /api/v2.0/usergroups${method === 'PUT' ? '/:group_id' : ''}`,
      as: 'a robot that may make groups',
      takes: ['group_name', 'group_type', 'ldap_group_dn'],
      open: async (_, stage) => openGroups(stage, method, '/api/v2.0/usergroups', await openRobot(stage, 'user-group')),
    }),
  ),
  ...(['POST', 'PUT'] as const).map(
    (method): BodyRoute => ({
      route: `${method} /api/roadstead/v1/groups${method === 'PUT' ? '/:group' : ''}`,
      as: 'an administrator',
      takes: ['name'],
      open: (_, stage) => openGroups(stage, method, '/api/roadstead/v1/groups', undefined),
    }),
  ),
];

/** Making groups, or giving one another name. @param as undefined: the administrator */
async function openGroups(stage: Stage, method: 'POST' | 'PUT', base: string, as: SeededAccount | undefined) {
  const headers = as === undefined ? [] : by(as);
  const view = async (id: number, name: string) => {
    const group = await stage.read(`/api/v2.0/usergroups/${id}`);
    return plainView([group, await stage.read(`/api/roadstead/v1/groups/${id}/members`)], name, id);
  };
  const members = (name: string) =>
    base.includes('usergroups') ? `"group_name":"${name}","group_type":2` : `"name":"${name}"`;
  if (method === 'POST') {
    return {
      request: (body: string) => jsonRequest('POST', base, body, headers),
      members,
      view: (name: string, answer: Parameters<typeof idOf>[0]) => view(idOf(answer), name),
      remove: async (_: string, answer: Parameters<typeof idOf>[0]) => {
        await stage.do('DELETE', `/api/v2.0/usergroups/${idOf(answer)}`);
      },
    };
  }
  const kept = freshName();
  const id = idOf(await stage.do('POST', '/api/roadstead/v1/groups', { name: kept }));
  stage.remove(`/api/v2.0/usergroups/${id}`);
  return {
    request: (body: string) => jsonRequest('PUT', `${base}/${id}`, body, headers),
    members: () => members(kept),
    view: () => view(id, kept),
  };
}
