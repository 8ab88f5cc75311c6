import { readJson, type SendOptions } from '../support/http-client.ts';
import { ADMIN, type OpenRegistry } from '../support/open-registry.ts';
import type { Credentials, RegistryClient } from '../support/registry-client.ts';
import { digestOf, sampleImage } from '../support/sample-content.ts';
import { GIVEN_TO_ROBOT, GIVEN_TO_TOKEN, type ProjectName } from './golden-rights.ts';

const PASSWORD = 'Matrix-password-7';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const ROLE_IDS = { projectAdmin: 1, developer: 2, guest: 3, maintainer: 4, limitedGuest: 5 } as const;

/** What lies in one project, by the names that requests need. */
export interface SceneProject {
  readonly id: number;
  readonly name: string;
  readonly memberId: number;
  readonly robotId: number;
  readonly digest: string;
  readonly blob: string;
}

/** One instance with two projects of the same shape, and everybody who asks there. */
export interface Scene {
  readonly host: string;
  readonly clients: Readonly<Record<SceneAsker, RegistryClient>>;
  readonly projects: Readonly<Record<ProjectName, SceneProject>>;
  readonly userId: number;
  readonly username: string;
  /** A robot that may go. @returns its id */
  createTarget(project: ProjectName): Promise<number>;
  readonly groupId: number;
  readonly tokenId: number;
  /** Cookie header of somebody who is signed in by a session. */
  readonly session: string;
}

export type SceneAsker =
  | 'anonymous'
  | 'administrator'
  | keyof typeof ROLE_IDS
  | 'group developer'
  | 'admin of other'
  | 'outsider'
  | 'robot'
  | 'bounded token';

/** @param suffix makes the names of this instance's people its own */
export async function openScene(registry: OpenRegistry, host: string, suffix: string): Promise<Scene> {
  return new SceneBuilder(registry, host, suffix).build();
}

class SceneBuilder {
  readonly #registry: OpenRegistry;
  readonly #host: string;
  readonly #suffix: string;
  readonly #admin: RegistryClient;
  #targets = 0;

  constructor(registry: OpenRegistry, host: string, suffix: string) {
    this.#registry = registry;
    this.#host = host;
    this.#suffix = suffix;
    this.#admin = registry.clientOf(ADMIN, { host });
  }

  async build(): Promise<Scene> {
    const own = await this.#createProject('own');
    const other = await this.#createProject('other');
    const roles = {} as Record<keyof typeof ROLE_IDS, RegistryClient>;
    for (const [role, id] of Object.entries(ROLE_IDS) as [keyof typeof ROLE_IDS, number][]) {
      roles[role] = this.#clientOf(await this.#createUser(role.toLowerCase()));
      await this.#addMember('own', id, { member_user: { username: this.#nameOf(role.toLowerCase()) } });
    }
    const grouped = await this.#createUser('grouped');
    const groupId = await this.#createGroup('developers', grouped.username);
    await this.#addMember('own', ROLE_IDS.developer, { member_group: { id: groupId } });
    const adminOfOther = await this.#createUser('otheradmin');
    await this.#addMember('other', ROLE_IDS.projectAdmin, { member_user: { username: adminOfOther.username } });
    const outsider = await this.#createUser('outsider');
    await this.#createUser('bystander');
    const robot = await this.#createRobot('own', 'matrix', GIVEN_TO_ROBOT);
    const token = await this.#createToken(roles.developer, this.#nameOf('developer'));
    return {
      host: this.#host,
      clients: {
        anonymous: this.#registry.anonymous.with({ host: this.#host }),
        administrator: this.#admin,
        ...roles,
        'group developer': this.#clientOf(grouped),
        'admin of other': this.#clientOf(adminOfOther),
        outsider: this.#clientOf(outsider),
        robot: this.#clientOf(robot.credentials),
        'bounded token': this.#clientOf(token.credentials),
      },
      projects: {
        own: { ...own, memberId: await this.#findMember('own'), robotId: await this.#createTarget('own') },
        other: {
          ...other,
          memberId: await this.#findMember('other'),
          robotId: await this.#createTarget('other'),
        },
      },
      userId: await this.#findUser('bystander'),
      username: this.#nameOf('bystander'),
      createTarget: (project) => this.#createTarget(project),
      groupId,
      tokenId: token.id,
      session: await this.#signIn(adminOfOther),
    };
  }

  #nameOf(name: string): string {
    return `${name}-${this.#suffix}`;
  }

  #clientOf(credentials: Credentials): RegistryClient {
    return this.#registry.clientOf(credentials, { host: this.#host });
  }

  async #must<Shape>(client: RegistryClient, path: string, options: SendOptions, status: number): Promise<Shape> {
    const answer = await client.send(path, { ...options, headers: { ...JSON_TYPE, ...options.headers } });
    if (answer.status !== status) {
      throw new Error(`${options.method ?? 'GET'} ${path}: ${answer.status} ${answer.text}`);
    }
    return answer.text === '' ? ({ location: answer.headers.location } as Shape) : readJson<Shape>(answer);
  }

  #post<Shape>(path: string, body: unknown, client = this.#admin): Promise<Shape> {
    return this.#must<Shape>(client, path, { method: 'POST', body: JSON.stringify(body) }, 201);
  }

  #get<Shape>(path: string): Promise<Shape> {
    return this.#must<Shape>(this.#admin, path, {}, 200);
  }

  async #createProject(name: ProjectName): Promise<Pick<SceneProject, 'id' | 'name' | 'digest' | 'blob'>> {
    await this.#admin.createProject(name);
    const { project_id: id } = await this.#get<{ project_id: number }>(`/api/v2.0/projects/${name}`);
    const image = sampleImage();
    await this.#admin.pushImage(`${name}/app`, 'v1', image);
    const [blob] = image.blobs;
    if (blob === undefined) throw new Error('the image has no blob');
    return { id, name, digest: image.digest, blob: digestOf(blob) };
  }

  async #createUser(name: string): Promise<Credentials> {
    const username = this.#nameOf(name);
    const email = `${username}@example.org`;
    await this.#post('/api/v2.0/users', { username, email, realname: username, password: PASSWORD, comment: '' });
    return { username, password: PASSWORD };
  }

  async #findUser(name: string): Promise<number> {
    const found = await this.#get<{ user_id: number }[]>(`/api/v2.0/users?q=username=${this.#nameOf(name)}`);
    const [user] = found;
    if (user === undefined) throw new Error(`no user ${name}`);
    return user.user_id;
  }

  async #createGroup(name: string, username: string): Promise<number> {
    const { id } = await this.#post<{ id: number }>('/api/roadstead/v1/groups', { name });
    await this.#must(this.#admin, `/api/roadstead/v1/groups/${id}/members/${username}`, { method: 'PUT' }, 204);
    return id;
  }

  async #addMember(project: ProjectName, role: number, member: object): Promise<void> {
    await this.#post(`/api/v2.0/projects/${project}/members`, { role_id: role, ...member });
  }

  async #findMember(project: ProjectName): Promise<number> {
    const members = await this.#get<{ id: number; role_id: number }[]>(`/api/v2.0/projects/${project}/members`);
    const last = members.at(-1);
    if (last === undefined) throw new Error(`no member of ${project}`);
    return last.id;
  }

  async #createTarget(project: ProjectName): Promise<number> {
    this.#targets += 1;
    return (await this.#createRobot(project, `target-${this.#targets}`, ['repository:pull'])).id;
  }

  async #createRobot(project: ProjectName, name: string, given: readonly string[]) {
    const access = given.map((permission) => {
      const [resource, action] = permission.split(':');
      return { resource, action };
    });
    const robot = await this.#post<{ id: number; name: string; secret: string }>('/api/v2.0/robots', {
      name,
      description: '',
      level: 'project',
      duration: -1,
      disable: false,
      permissions: [{ kind: 'project', namespace: project, access }],
    });
    return { id: robot.id, credentials: { username: robot.name, password: robot.secret } };
  }

  async #createToken(client: RegistryClient, username: string) {
    const access = GIVEN_TO_TOKEN.map((permission) => {
      const [resource, action] = permission.split(':');
      return { resource, action };
    });
    const body = { name: 'matrix', permissions: [{ kind: 'project', namespace: 'own', access }] };
    const token = await this.#post<{ id: number; token: string }>('/api/roadstead/v1/access-tokens', body, client);
    return { id: token.id, credentials: { username, password: token.token } };
  }

  /** @returns the Cookie header */
  async #signIn({ username, password }: Credentials): Promise<string> {
    const form = new URLSearchParams({ principal: username, password }).toString();
    const answer = await this.#registry.anonymous.with({ host: this.#host }).post('/c/login', form, {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    const [cookie] = answer.headers['set-cookie'] ?? [];
    if (answer.status !== 200 || cookie === undefined) throw new Error(`/c/login: ${answer.status} ${answer.text}`);
    return cookie.split(';')[0] ?? '';
  }
}
