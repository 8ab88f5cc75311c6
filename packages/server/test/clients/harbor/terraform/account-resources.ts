import { numberOf, type ReplayedResource } from './replayed-resource.ts';

interface RobotAccess {
  readonly action: string;
  readonly resource: string;
  readonly effect: string;
}

interface RobotState {
  readonly name: string;
  readonly level: string;
  readonly description: string;
  readonly duration: number;
  readonly disable: boolean;
  readonly permissions: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly access: RobotAccess[];
  }[];
}

interface RobotJson extends Partial<RobotState> {
  readonly id: number;
  readonly name: string;
}

/** What is false or empty is left out, as the provider's encoder does. */
function robotBody({ disable, description, ...rest }: RobotState): object {
  return { ...rest, ...(disable && { disable }), ...(description && { description }) };
}

function sorted(access: readonly RobotAccess[]): RobotAccess[] {
  return access
    .map(({ action, resource, effect }) => ({ action, resource, effect }))
    .toSorted((one, other) => `${one.resource}:${one.action}`.localeCompare(`${other.resource}:${other.action}`));
}

function robotResource(level: 'system' | 'project'): ReplayedResource<RobotState> {
  return {
    states: ({ slug, projectName }) => {
      const allow = (resource: string, action: string): RobotAccess => ({ action, resource, effect: 'allow' });
      const access = sorted([allow('repository', 'pull'), allow('repository', 'push')]);
      const permission = { kind: 'project', namespace: projectName, access };
      const first = {
        ...{ name: `${slug}-${level}`, level, description: '', duration: -1, disable: false },
        permissions: [permission],
      };
      const more = { ...permission, access: sorted([...access, allow('tag', 'create')]) };
      return [first, { ...first, description: 'changed', duration: 30, disable: true, permissions: [more] }];
    },
    async create({ provider }, state) {
      const id = await provider.create('/robots', robotBody(state));
      // Where a secret is configured, it is set at once.
      if (level === 'system') await provider.send('PATCH', id, { secret: 'Plan-and-apply-1' }, 200);
      return id;
    },
    async read({ provider }, id) {
      const json = await provider.read<RobotJson>(id);
      if (json === undefined) return undefined;
      const settings = await provider.read<{ robot_name_prefix: { value: string } }>('/configurations');
      const prefix = settings?.robot_name_prefix.value ?? '';
      const short = json.name.startsWith(prefix) ? json.name.slice(prefix.length) : json.name;
      return {
        name: json.level === 'project' ? (short.split('+')[1] ?? '') : short,
        level: json.level ?? '',
        description: json.description ?? '',
        duration: json.duration ?? 0,
        disable: json.disable ?? false,
        permissions: (json.permissions ?? []).map(({ kind, namespace, access }) => ({
          kind,
          namespace,
          access: sorted(access),
        })),
      };
    },
    async update({ provider }, id, state) {
      const json = await provider.read<RobotJson>(id);
      await provider.send('PUT', id, { ...robotBody(state), name: json?.name }, 200);
      await provider.send('PATCH', id, { secret: 'Plan-and-apply-2' }, 200);
    },
    destroy: async ({ provider }, id) => {
      await provider.send('DELETE', id, null, 200);
    },
  };
}

export const systemRobot = robotResource('system');
export const projectRobot = robotResource('project');

interface UserState {
  readonly username: string;
  readonly email: string;
  readonly fullName: string;
  readonly admin: boolean;
}

interface UserJson {
  readonly username: string;
  readonly email: string;
  readonly realname: string;
  readonly sysadmin_flag?: boolean;
}

function userBody({ username, email, fullName, admin }: UserState, password: string): object {
  const flag = admin ? { sysadmin_flag: true } : {};
  return { username, password, realname: fullName, ...flag, email, new_password: password };
}

/** All three addresses of a change get all that is known of the user. */
export const user: ReplayedResource<UserState> = {
  states: ({ slug }) => {
    const username = `${slug}-account`;
    const first = { username, email: `${username}@example.com`, fullName: 'Terry', admin: false };
    return [first, { ...first, email: `${username}@example.org`, fullName: 'Terry Changed', admin: true }];
  },
  create: ({ provider }, state) => provider.create('/users', userBody(state, 'Plan-and-apply-1')),
  async read({ provider }, id) {
    const json = await provider.read<UserJson>(id);
    if (json === undefined) return undefined;
    const { username, email, realname, sysadmin_flag = false } = json;
    return { username, email, fullName: realname, admin: sysadmin_flag };
  },
  async update({ provider }, id, state) {
    const body = userBody(state, 'Plan-and-apply-2');
    for (const path of [id, `${id}/sysadmin`, `${id}/password`]) await provider.send('PUT', path, body, 200);
  },
  destroy: async ({ provider }, id) => {
    await provider.send('DELETE', id, null, 200);
  },
};

interface GroupState {
  readonly name: string;
  readonly type: number;
}

/** Another name makes another group, so there is nothing to change. */
export const group: ReplayedResource<GroupState> = {
  states: ({ slug }) => {
    const state = { name: `${slug}-people`, type: 3 };
    return [state, state];
  },
  create: ({ provider }, { name, type }) => provider.create('/usergroups', { group_name: name, group_type: type }),
  async read({ provider }, id) {
    const json = await provider.read<{ group_name: string; group_type: number; id: number }>(id);
    if (json === undefined) return undefined;
    if (json.id !== numberOf(id)) throw new Error(`the group ${id} says that it is ${json.id}`);
    return { name: json.group_name, type: json.group_type };
  },
  update: async () => {},
  destroy: async ({ provider }, id) => {
    await provider.send('DELETE', id, null, 200);
  },
};
