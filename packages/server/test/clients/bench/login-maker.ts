import assert from 'node:assert/strict';
import { SignInBrowser } from '../../integration/support/sign-in-browser.ts';
import type { ForeignIssuer } from '../../support/foreign-issuer.ts';
import { CLIENT_ID, CLIENT_SECRET, type RunningOidcProvider } from '../../support/start-oidc-provider.ts';
import { DIRECTORY, type RunningSlapd } from '../../support/start-slapd.ts';
import type { Login, Logins } from './login-kinds.ts';
import { WORKLOAD_KINDS, WORKLOADS, type WorkloadKind, type WorkloadShape } from './workload-logins.ts';

/** Where people and machines prove who they are, besides at the registry. */
export interface LoginCounterparts {
  /** Of workload tokens. */
  readonly issuer: ForeignIssuer;
  readonly provider: RunningOidcProvider;
  /** With `PERSON` in it. */
  readonly directory: RunningSlapd;
}

/** Somebody of the directory. */
export const PERSON = { uid: 'dora', password: 'Directory-Password-1', base: 'ou=people,dc=example,dc=com' } as const;

const OURS = '/api/roadstead/v1';
const KEY = 'clients';
const TOKEN_SECONDS = 8 * 3_600;
const PULL = [{ resource: 'repository', action: 'pull' }];
/** Harbor's guest, who may pull. */
const GUEST = 3;

type Made = Readonly<Record<string, string>>;

/** Makes what the cells sign in with: each may read the project, and nothing else. */
export class LoginMaker {
  readonly #url: string;
  readonly #admin: Login;
  readonly #project: string;

  constructor(url: string, admin: Login, project: string) {
    this.#url = url;
    this.#admin = admin;
    this.#project = project;
  }

  async make({ issuer, provider, directory }: LoginCounterparts): Promise<Logins> {
    const permissions = [{ kind: 'project', namespace: this.#project, access: PULL }];
    const body = { name: 'clients', permissions };
    const token = await this.#post(`${OURS}/access-tokens`, { ...body, expiresInDays: 1 });
    const robot = await this.#post('/api/v2.0/robots', { ...body, level: 'project', duration: 1 });
    return {
      'an access token': { username: this.#admin.username, password: token['token'] ?? '' },
      'a robot’s secret': { username: robot['name'] ?? '', password: robot['secret'] ?? '' },
      ...(await this.#signWorkloads(issuer)),
      'a directory’s password': await this.#enterDirectory(directory),
      'a CLI secret': await this.#makeCliSecret(provider),
    };
  }

  /** A rule for each, and what the pipeline or the pod gets from its issuer: signed with RS256, as all three do. */
  async #signWorkloads(issuer: ForeignIssuer): Promise<Record<WorkloadKind, Login>> {
    issuer.publish([await issuer.createKey(KEY, 'RS256')]);
    const logins: Partial<Record<WorkloadKind, Login>> = {};
    for (const kind of WORKLOAD_KINDS) {
      const { conditions, claims, isAudienceListed = false }: WorkloadShape = WORKLOADS[kind];
      const name = `clients-${WORKLOAD_KINDS.indexOf(kind)}`;
      const asked = { name, issuer: issuer.issuer, conditions, permissions: PULL };
      const { audience } = await this.#post(`${OURS}/projects/${this.#project}/workload-rules`, asked);
      const now = Math.floor(Date.now() / 1_000);
      const times = { iat: now, nbf: now, exp: now + TOKEN_SECONDS };
      const aud = isAudienceListed ? [audience] : audience;
      const password = await issuer.sign({ ...claims, iss: issuer.issuer, aud, ...times }, {}, KEY);
      logins[kind] = { username: 'oidc', password };
    }
    return logins as Record<WorkloadKind, Login>;
  }

  /** The account is made by its first sign-in. */
  async #enterDirectory({ url, authority }: RunningSlapd): Promise<Login> {
    const settings = {
      ...{ url, startTls: true, certificateAuthorities: authority, searchDn: DIRECTORY.admin },
      ...{ baseDn: PERSON.base, filter: '(objectClass=person)', uid: 'uid' },
    };
    const directory = { kind: 'ldap', name: 'Directory', searchPassword: DIRECTORY.password, settings };
    await this.#post(`${OURS}/login-providers`, directory);
    const login = { username: PERSON.uid, password: PERSON.password };
    const headers = { Authorization: basicOf(login) };
    const answer = await fetch(`${this.#url}/service/token?service=harbor-registry`, { headers });
    assert.equal(answer.status, 200, `the first sign-in by the directory: ${answer.status}`);
    await this.#addGuest(PERSON.uid);
    return login;
  }

  async #makeCliSecret({ issuer, people }: RunningOidcProvider): Promise<Login> {
    const username = 'olga';
    people.set(username, { preferred_username: username });
    const settings = { issuer, clientId: CLIENT_ID, autoOnboard: true };
    const provider = { kind: 'oidc', name: 'Provider', clientSecret: CLIENT_SECRET, settings };
    const { id } = await this.#post(`${OURS}/login-providers`, provider);
    const browser = new SignInBrowser();
    const begin = `${this.#url}/c/oidc/login?provider=${id}&redirect_url=/`;
    await browser.signInAt(await browser.visit(begin), username, ({ href }) => href === `${this.#url}/`);
    const session = await browser.ask(`${this.#url}${OURS}/session`);
    const headers = { 'X-Harbor-CSRF-Token': String(session.headers['x-harbor-csrf-token']) };
    const made = await browser.ask(`${this.#url}${OURS}/cli-secret`, { method: 'POST', body: '', headers });
    assert.equal(made.status, 201, `a CLI secret: ${made.status} ${made.text}`);
    await this.#addGuest(username);
    return { username, password: (JSON.parse(made.text) as { readonly secret: string }).secret };
  }

  async #addGuest(username: string): Promise<void> {
    await this.#post(`/api/v2.0/projects/${this.#project}/members`, { role_id: GUEST, member_user: { username } });
  }

  async #post(path: string, body: object): Promise<Made> {
    const headers = { 'Content-Type': 'application/json', Authorization: basicOf(this.#admin) };
    const answer = await fetch(`${this.#url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, 201, `${path}: ${answer.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Made);
  }
}

function basicOf({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
