import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type RunningOidcProvider,
  startOidcProvider,
} from '../support/start-oidc-provider.ts';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';
import { RegistryClient } from './support/registry-client.ts';
import { SignInBrowser } from './support/sign-in-browser.ts';

const OURS = '/api/roadstead/v1';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const PROJECT = 'team';
const SCOPE = `repository:${PROJECT}/app:pull,push`;
const TOKEN = `/service/token?service=harbor-registry&scope=${SCOPE}`;
/** Harbor's developer. */
const DEVELOPER = 2;
const OIDC_GROUP = 3;

describe.each(ENGINES)('rights that a login provider gives on %s', (engine) => {
  let registry: OpenRegistry;
  let work: RunningOidcProvider;
  let providerId: string;

  beforeAll(async () => {
    registry = await openRegistry({
      engine,
      env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32', ROADSTEAD_PROVIDER_REFRESH: '0s' },
    });
    work = await startOidcProvider([`${registry.url}/c/oidc/callback`]);
    const settings = {
      issuer: work.issuer,
      clientId: CLIENT_ID,
      scopes: ['openid', 'profile', 'offline_access'],
      groupsClaim: 'groups',
      adminGroup: 'operators',
    };
    const provider = { name: 'Work', settings, clientSecret: CLIENT_SECRET };
    const made = await registry.admin.post(`${OURS}/login-providers`, JSON.stringify(provider), JSON_TYPE);
    expect(made.status, made.text).toBe(201);
    providerId = readJson<{ id: string }>(made).id;
    const project = JSON.stringify({ project_name: PROJECT });
    expect((await registry.admin.post('/api/v2.0/projects', project, JSON_TYPE)).status).toBe(201);
    const member = { role_id: DEVELOPER, member_group: { group_name: 'dev', group_type: OIDC_GROUP } };
    const path = `/api/v2.0/projects/${PROJECT}/members`;
    expect((await registry.admin.post(path, JSON.stringify(member), JSON_TYPE)).status).toBe(201);
  });
  afterAll(async () => {
    await registry?.close();
    await work?.close();
  });
  let count = 0;
  let name: string;
  beforeEach(() => {
    count += 1;
    name = `person-${count}`;
    work.people.set(name, { groups: ['dev'] });
  });

  /** Somebody signs in for the first time, says yes to access for later, and chooses a name. */
  const signIn = async () => {
    const browser = new SignInBrowser();
    const url = `${registry.url}/c/oidc/login?provider=${providerId}&redirect_url=/`;
    const isBack = (at: URL) => at.pathname === '/oidc-onboard' || at.href === `${registry.url}/`;
    const asked = await browser.signInAt(await browser.visit(url), name);
    const place = await browser.consentAt(asked, isBack);
    if (place.url.pathname === '/oidc-onboard') {
      const body = JSON.stringify({ username: name });
      const answer = await browser.ask(`${registry.url}/c/oidc/onboard`, { method: 'POST', body, headers: JSON_TYPE });
      expect(answer.status, answer.text).toBeLessThan(400);
    }
    return browser;
  };
  /** What programs of somebody sign in with. */
  const makeSecret = async (browser: SignInBrowser) => {
    const session = await browser.ask(`${registry.url}${OURS}/session`);
    const headers = { 'X-Harbor-CSRF-Token': String(session.headers['x-harbor-csrf-token']), ...JSON_TYPE };
    const made = await browser.ask(`${registry.url}${OURS}/cli-secret`, { method: 'POST', body: '', headers });
    expect(made.status, made.text).toBe(201);
    const { secret } = readJson<{ secret: string }>(made);
    return RegistryClient.withBasic(registry.url, { username: name, password: secret });
  };
  const tokenOf = async (client: RegistryClient) => {
    const answer = await client.get(TOKEN);
    expect(answer.status, answer.text).toBe(200);
    return readJson<{ token: string }>(answer).token;
  };
  const mayPush = async (token: string) => {
    const client = new RegistryClient(registry.url, { authorization: `Bearer ${token}` });
    return (await client.post(`/v2/${PROJECT}/app/blobs/uploads/`)).status === 202;
  };
  const isAdministrator = async (client: RegistryClient) =>
    (await client.get(`${OURS}/login-providers`)).status === 200;

  it('end at the next token when somebody leaves a group there, for tokens of before, too', async () => {
    const client = await makeSecret(await signIn());
    const before = await tokenOf(client);
    expect(await mayPush(before)).toBe(true);
    work.people.set(name, { groups: [] });
    expect(await mayPush(await tokenOf(client))).toBe(false);
    expect(await mayPush(before)).toBe(false);
    work.people.set(name, { groups: ['dev'] });
    expect(await mayPush(await tokenOf(client))).toBe(true);
  });

  it('are those of an administrator as long as the provider says so, within the very request', async () => {
    work.people.set(name, { groups: ['operators'] });
    const browser = await signIn();
    const client = await makeSecret(browser);
    expect(await isAdministrator(client)).toBe(true);
    work.people.set(name, { groups: ['dev'] });
    expect(await isAdministrator(client)).toBe(false);
    expect((await browser.ask(`${registry.url}${OURS}/login-providers`)).status).toBe(401);
  });

  it('are gone with the account there, and so are the sessions; what the account is here stays', async () => {
    const browser = await signIn();
    const client = await makeSecret(browser);
    expect(await mayPush(await tokenOf(client))).toBe(true);
    work.gone.add(name);
    expect(await mayPush(await tokenOf(client))).toBe(false);
    const user = readJson<unknown>(await browser.ask(`${registry.url}${OURS}/session`));
    expect(JSON.stringify(user)).not.toContain(name);
    expect((await client.get('/v2/')).status).toBe(200);
    const rows = await registry.store.rows('journal');
    expect(rows.some(({ kind }) => kind === 'external-identity.grant-ended')).toBe(true);
  });

  it('are asked for once, however many ask at once, since a refresh token may be shown once', async () => {
    const client = await makeSecret(await signIn());
    for (let round = 0; round < 3; round += 1) {
      const before = work.asked.tokens;
      const tokens = await Promise.all(Array.from({ length: 10 }, () => tokenOf(client)));
      expect(work.asked.tokens - before).toBeLessThan(10);
      for (const token of tokens) expect(await mayPush(token)).toBe(true);
    }
  });

  it('rest sealed', async () => {
    await signIn();
    const rows = await registry.store.rows('provider_grants');
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect((row['refresh_token'] as Buffer).toString('latin1')).not.toMatch(/^[\w-]{20,}$/);
  });

  it('stay as they were said last while the provider does not answer', async () => {
    const client = await makeSecret(await signIn());
    await work.close();
    expect(await mayPush(await tokenOf(client))).toBe(true);
  });
});
