import { randomBytes } from 'node:crypto';
import type { Target } from '../fault-class.ts';
import { SeedClient } from '../seed-client.ts';
import { basicAuthorization, type SeededAccount } from '../seeded-accounts.ts';

/** What somebody could do something with. */
export type CredentialKind = 'registry token' | 'refresh token' | 'session' | 'access token' | 'password';
export type Credentials = Readonly<Partial<Record<CredentialKind, string>>>;

/** One way in which credentials end. */
export interface Ending {
  readonly name: string;
  /** What is over by it, of what `run` gives back. */
  readonly ends: readonly CredentialKind[];
  /** Makes somebody who may pull from the private repository, takes what he can do that with, and ends it. */
  run(maker: CredentialMaker): Promise<Credentials>;
}

const ALL_OF_A_USER: readonly CredentialKind[] = [
  'registry token',
  'refresh token',
  'session',
  'access token',
  'password',
];
const TIED_TO_SIGN_IN: readonly CredentialKind[] = ['registry token', 'refresh token', 'session'];
const OUR_USERS = '/api/roadstead/v1/users';
const USERS = '/api/v2.0/users';
const ROBOTS = '/api/v2.0/robots';
const ACCESS_TOKENS = '/api/roadstead/v1/access-tokens';

export const ENDINGS: readonly Ending[] = [
  ofUser('the account was deleted', ALL_OF_A_USER, (client, { id }) => client.must('DELETE', `${USERS}/${id}`)),
  ofUser('the account was disabled', ALL_OF_A_USER, (client, { id }) =>
    client.must('POST', `${OUR_USERS}/${id}/disable`),
  ),
  ofUser('the account was disabled and enabled again', TIED_TO_SIGN_IN, async (client, { id }) => {
    await client.must('POST', `${OUR_USERS}/${id}/disable`);
    await client.must('POST', `${OUR_USERS}/${id}/enable`);
  }),
  ofUser('the password was reset', [...TIED_TO_SIGN_IN, 'password'], (client, { id }) =>
    client.must('PUT', `${USERS}/${id}/password`, { body: { new_password: 'Another-password-2' } }),
  ),
  ofUser('the user changed the password', [...TIED_TO_SIGN_IN, 'password'], (client, { id, account }) =>
    client.must('PUT', `${USERS}/${id}/password`, {
      body: { old_password: account.password, new_password: 'Another-password-2' },
      authorization: basicAuthorization(account),
    }),
  ),
  {
    name: 'its user is no administrator any more',
    ends: TIED_TO_SIGN_IN,
    run: async (maker) => {
      const user = await maker.createUser();
      const path = `${USERS}/${user.id}/sysadmin`;
      await maker.client.must('PUT', path, { body: { sysadmin_flag: true } });
      const taken = await maker.takeFrom(user.account);
      await maker.client.must('PUT', path, { body: { sysadmin_flag: false } });
      return taken;
    },
  },
  ofRobot('the robot was deleted', ['registry token', 'password'], (client, { id }) =>
    client.must('DELETE', `${ROBOTS}/${id}`),
  ),
  ofRobot('the robot was disabled', ['registry token', 'password'], (client, robot) =>
    setDisabled(client, robot, true),
  ),
  ofRobot('the robot was disabled and enabled again', ['registry token'], async (client, robot) => {
    await setDisabled(client, robot, true);
    await setDisabled(client, robot, false);
  }),
  ofRobot('the secret of the robot was changed', ['registry token', 'password'], (client, { id }) =>
    client.must('PATCH', `${ROBOTS}/${id}`, { body: { secret: 'Another-secret-2' } }),
  ),
  {
    name: 'the access token was revoked',
    ends: ['registry token', 'access token'],
    run: async (maker) => {
      const { account } = await maker.createMember();
      const { id, token } = await maker.createAccessToken(account);
      const { username } = account;
      const taken = await maker.takeToken({ username, password: token });
      await maker.client.must('DELETE', `${ACCESS_TOKENS}/${id}`, { authorization: basicAuthorization(account) });
      return { 'registry token': taken, 'access token': token };
    },
  },
];

interface MadeUser {
  readonly id: number;
  readonly account: SeededAccount;
}

interface MadeRobot {
  readonly id: number;
  readonly account: SeededAccount;
  /** As it was made. */
  readonly document: object;
}

type End<Made> = (client: SeedClient, made: Made) => Promise<unknown>;

function ofUser(name: string, ends: readonly CredentialKind[], end: End<MadeUser>): Ending {
  return {
    name,
    ends,
    run: async (maker) => {
      const user = await maker.createMember();
      const taken = await maker.takeFrom(user.account);
      await end(maker.client, user);
      return taken;
    },
  };
}

function ofRobot(name: string, ends: readonly CredentialKind[], end: End<MadeRobot>): Ending {
  return {
    name,
    ends,
    run: async (maker) => {
      const robot = await maker.createRobot();
      const token = await maker.takeToken(robot.account);
      await end(maker.client, robot);
      return { 'registry token': token, password: basicAuthorization(robot.account) };
    },
  };
}

function setDisabled(client: SeedClient, { id, document }: MadeRobot, disable: boolean): Promise<unknown> {
  return client.must('PUT', `${ROBOTS}/${id}`, { body: { ...document, disable } });
}

/** Makes people and robots under names of their own, and takes what they sign in with. */
export class CredentialMaker {
  readonly client: SeedClient;
  readonly #content: Target['content'];

  constructor(target: Target) {
    this.client = new SeedClient(target);
    this.#content = target.content;
  }

  async createUser(): Promise<MadeUser> {
    const username = freshName();
    const account = { username, password: 'First-password-1' };
    const id = await this.client.create(USERS, { ...account, email: `${username}@example.com`, realname: username });
    return { id, account };
  }

  /** Somebody who may pull in the private project. */
  async createMember(): Promise<MadeUser> {
    const user = await this.createUser();
    const { username } = user.account;
    const body = { role_id: 3, member_user: { username } };
    await this.client.create(`/api/v2.0/projects/${this.#content.project}/members`, body);
    return user;
  }

  async createRobot(): Promise<MadeRobot> {
    const access = [{ resource: 'repository', action: 'pull' }];
    const permissions = [{ kind: 'project', namespace: this.#content.project, access }];
    const document = { name: freshName(), level: 'project', duration: 1, permissions };
    const { id, name, secret } = await this.client.json<{ id: number; name: string; secret: string }>('POST', ROBOTS, {
      body: document,
    });
    return { id, account: { username: name, password: secret }, document: { ...document, name } };
  }

  createAccessToken(account: SeededAccount): Promise<{ readonly id: number; readonly token: string }> {
    const authorization = basicAuthorization(account);
    return this.client.json('POST', ACCESS_TOKENS, { body: { name: freshName() }, authorization });
  }

  /** A registry token that opens the private repository. @throws Error when it does not */
  async takeToken(account: SeededAccount): Promise<string> {
    const { token } = await this.#ask(account, '');
    const manifest = `/v2/${this.#content.repository}/manifests/latest`;
    await this.client.must('HEAD', manifest, { authorization: `Bearer ${token}` });
    return token;
  }

  /** Everything that a user can have. */
  async takeFrom(account: SeededAccount): Promise<Credentials> {
    const { refresh_token: refreshToken = '' } = await this.#ask(account, '&offline_token=true');
    return {
      'registry token': await this.takeToken(account),
      'refresh token': refreshToken,
      session: await this.signIn(account),
      'access token': (await this.createAccessToken(account)).token,
      password: basicAuthorization(account),
    };
  }

  /** @returns the cookie */
  async signIn({ username, password }: SeededAccount): Promise<string> {
    const body = new URLSearchParams({ principal: username, password }).toString();
    const { headers } = await this.client.must('POST', '/c/login', { body, authorization: undefined });
    return (headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  }

  #ask(account: SeededAccount, more: string): Promise<{ readonly token: string; readonly refresh_token?: string }> {
    const scope = encodeURIComponent(`repository:${this.#content.repository}:pull`);
    const authorization = basicAuthorization(account);
    return this.client.json('GET', `/service/token?service=harbor-registry&scope=${scope}${more}`, { authorization });
  }
}

function freshName(): string {
  return `ended-${randomBytes(5).toString('hex')}`;
}
