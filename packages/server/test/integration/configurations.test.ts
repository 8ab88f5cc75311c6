import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES } from './support/engines.ts';
import { readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const CONFIGURATIONS = '/api/v2.0/configurations';
const PROVIDERS = '/api/roadstead/v1/login-providers';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const SECRET = 'the secret of the client';
const OIDC = {
  auth_mode: 'oidc_auth',
  oidc_name: 'Work',
  oidc_endpoint: 'https://id.example/realms/work',
  oidc_client_id: 'registry',
  oidc_client_secret: SECRET,
  oidc_scope: 'openid,profile,offline_access',
  oidc_verify_cert: true,
  oidc_groups_claim: 'groups',
  oidc_admin_group: 'operators',
  oidc_group_filter: '^registry-',
  oidc_user_claim: 'preferred_username',
  oidc_auto_onboard: true,
};

const LDAP_PASSWORD = 'the password of the searches';
const LDAP = {
  auth_mode: 'ldap_auth',
  ldap_url: 'ldaps://directory.example',
  ldap_base_dn: 'ou=people,dc=example,dc=com',
  ldap_search_dn: 'cn=search,dc=example,dc=com',
  ldap_search_password: LDAP_PASSWORD,
  ldap_filter: '(objectClass=person)',
  ldap_scope: 1,
  ldap_uid: 'uid',
  ldap_timeout: 9,
  ldap_verify_cert: true,
  ldap_group_base_dn: 'ou=groups,dc=example,dc=com',
  ldap_group_search_filter: '(objectClass=groupOfNames)',
  ldap_group_attribute_name: 'cn',
  ldap_group_search_scope: 1,
  ldap_group_admin_dn: 'cn=operators,ou=groups,dc=example,dc=com',
  ldap_group_membership_attribute: 'memberof',
  ldap_group_attach_parallel: true,
};

type Shown = Readonly<Record<string, { readonly value: unknown; readonly editable: boolean }>>;

describe.each(ENGINES)('Harbor’s configuration on %s', (engine) => {
  let registry: OpenRegistry;

  beforeAll(async () => {
    registry = await openRegistry({ engine });
  });
  afterAll(() => registry?.close());

  const put = (change: unknown) => registry.admin.put(CONFIGURATIONS, JSON.stringify(change), JSON_TYPE);
  const values = async (): Promise<Readonly<Record<string, unknown>>> => {
    const shown = readJson<Shown>(await registry.admin.get(CONFIGURATIONS));
    return Object.fromEntries(Object.entries(shown).map(([key, { value }]) => [key, value]));
  };
  const providers = async () => readJson<{ id: string }[]>(await registry.admin.get(PROVIDERS));
  const refused = async (change: unknown, message: string, status = 400) => {
    const before = await values();
    const answer = await put(change);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.text).toContain(message);
    expect(await values()).toEqual(before);
  };

  it('says that there are local accounts alone, until there is a provider', async () => {
    expect(await values()).toMatchObject({ auth_mode: 'db_auth', oidc_name: '', oidc_endpoint: '' });
    expect((await put({ auth_mode: 'db_auth', oidc_verify_cert: true, ldap_url: '' })).status).toBe(200);
    await refused({ auth_mode: 'oidc_auth' }, 'there is none yet');
    await refused({ oidc_endpoint: OIDC.oidc_endpoint }, 'oidc_name, oidc_endpoint and oidc_client_id are needed');
  });

  it('makes a login provider of the keys, and shows it without its secret', async () => {
    const answer = await put(OIDC);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toBe('');
    const { oidc_client_secret, ...rest } = OIDC;
    const shown = await registry.admin.get(CONFIGURATIONS);
    expect(shown.text).not.toContain(oidc_client_secret);
    expect(await values()).toMatchObject(rest);
    expect(await providers()).toMatchObject([
      {
        name: 'Work',
        kind: 'oidc',
        settings: {
          issuer: OIDC.oidc_endpoint,
          scopes: ['openid', 'profile', 'offline_access'],
          hasClientSecret: true,
        },
      },
    ]);
  });

  it('changes what a PUT names, keeps the rest and the secret', async () => {
    const before = await values();
    expect((await put({ oidc_auto_onboard: false, oidc_admin_group: '' })).status).toBe(200);
    expect(await values()).toEqual({ ...before, oidc_auto_onboard: false, oidc_admin_group: '' });
    expect(await providers()).toMatchObject([{ settings: { hasClientSecret: true } }]);
    expect((await put({ oidc_endpoint: 'https://other.example' })).status).toBe(200);
    expect(await providers()).toMatchObject([{ settings: { hasClientSecret: false } }]);
  });

  it('is of the first provider, beside which the others are', async () => {
    const second = { name: 'Partners', settings: { issuer: 'https://partners.example', clientId: 'c' }, position: 0 };
    const made = await registry.admin.post(PROVIDERS, JSON.stringify(second), JSON_TYPE);
    expect(await values()).toMatchObject({ oidc_name: 'Partners' });
    await registry.admin.delete(`${PROVIDERS}/${readJson<{ id: string }>(made).id}`);
    expect(await values()).toMatchObject({ oidc_name: 'Work' });
  });

  it('is of the settings of access, in Harbor’s words', async () => {
    const change = {
      self_registration: true,
      project_creation_restriction: 'adminonly',
      session_timeout: 90,
      robot_token_duration: 7,
      robot_name_prefix: 'machine$',
    };
    expect((await put(change)).status).toBe(200);
    expect(await values()).toMatchObject(change);
    const ours = readJson(await registry.admin.get('/api/roadstead/v1/access-settings'));
    expect(ours).toMatchObject({ projectCreation: 'administrators', sessionTimeoutMinutes: 90, robotDurationDays: 7 });
  });

  it('says how long registry tokens live', async () => {
    expect(await values()).toMatchObject({ token_expiration: 30 });
    expect((await put({ token_expiration: 7 })).status).toBe(200);
    expect(await values()).toMatchObject({ token_expiration: 7 });
    const token = await registry.admin.get('/service/token?service=harbor-registry');
    expect(readJson(token)).toMatchObject({ expires_in: 420 });
  });

  it('says what is recorded of pulls, and where the audit log goes', async () => {
    expect(await values()).toMatchObject({ pull_audit_log_disable: true, audit_log_forward_endpoint: '' });
    const change = { pull_audit_log_disable: false, audit_log_forward_endpoint: 'logs.example:514' };
    expect((await put(change)).status).toBe(200);
    expect(await values()).toMatchObject(change);
    const at = '/api/roadstead/v1/audit';
    expect(readJson(await registry.admin.get(`${at}/settings`))).toEqual({ recordsPulls: true });
    const target = { kind: 'syslog', host: 'logs.example', port: 514, tls: false };
    expect(readJson(await registry.admin.get(`${at}/forwarding`))).toMatchObject({ enabled: true, target });
    const tls = { target: { ...target, tls: true } };
    expect((await registry.admin.put(`${at}/forwarding`, JSON.stringify(tls), JSON_TYPE)).status).toBe(200);
    expect((await put(change)).status).toBe(200);
    expect(readJson(await registry.admin.get(`${at}/forwarding`))).toMatchObject(tls);
    expect((await put({ pull_audit_log_disable: true, audit_log_forward_endpoint: '' })).status).toBe(200);
    expect(readJson(await registry.admin.get(`${at}/forwarding`))).toMatchObject({ enabled: false });
    const https = { target: { kind: 'https', url: 'https://logs.example/audit' } };
    await registry.admin.put(`${at}/forwarding`, JSON.stringify(https), JSON_TYPE);
    expect((await put(await values())).status).toBe(200);
    expect(readJson(await registry.admin.get(`${at}/forwarding`))).toMatchObject(https);
    await registry.admin.delete(`${at}/forwarding`);
  });

  it('adds parameters of one’s own where people are sent to sign in', async () => {
    const before = await values();
    const parameters = '{"prompt":"login","acr_values":"gold"}';
    expect((await put({ oidc_extra_redirect_parms: parameters })).status).toBe(200);
    expect(await values()).toEqual({ ...before, oidc_extra_redirect_parms: parameters });
    expect(await providers()).toMatchObject([
      { settings: { extraParameters: { prompt: 'login', acr_values: 'gold' } } },
    ]);
    expect((await put({ oidc_extra_redirect_parms: '' })).status).toBe(200);
    expect(await values()).toEqual({ ...before, oidc_extra_redirect_parms: '{}' });
  });

  it.each([
    [{ session_timeout: 0 }, 'session_timeout must be a whole number'],
    [{ project_creation_restriction: 'nobody' }, 'everyone or adminonly'],
    [{ oidc_verify_cert: false }, 'always checked'],
    [{ oidc_extra_redirect_parms: 'prompt=login' }, 'oidc_extra_redirect_parms must be a JSON object of texts'],
    [{ oidc_extra_redirect_parms: '{"state":"x"}' }, 'oidc_extra_redirect_parms may not set state'],
    [{ token_expiration: 0 }, 'token_expiration must be a whole number from 1'],
    [{ token_expiration: 1_441 }, 'token_expiration must be a whole number from 1'],
    [{ audit_log_forward_endpoint: 'nowhere' }, 'audit_log_forward_endpoint must be host:port'],
    [{ audit_log_forward_endpoint: 'logs.example:65536' }, 'audit_log_forward_endpoint must be host:port'],
    [{ skip_audit_log_database: true }, 'skip_audit_log_database: the audit log is always kept here'],
    [{ disabled_audit_log_event_types: 'pull_artifact' }, 'only pulls can be left out'],
    [{ scanner_skip_update_pulltime: true }, 'no scanners that pull yet'],
    [{ http_authproxy_endpoint: 'https://x.example' }, 'use OpenID Connect, LDAP or workload rules'],
    [{ oidc_endpoint: 'http://id.example' }, 'https://'],
    [{ oidc_endpoint: '' }, 'none of them empty'],
    [{ oidc_scope: 'email' }, 'openid'],
    [{ oidc_client_secret: 'two\nlines' }, 'oidc_client_secret must be a text of printable characters'],
    [{ oidc_auto_onboard: 'true' }, '\\"oidc_auto_onboard\\" in the body must be boolean', 422],
    [{ auth_mode: 'db_auth' }, 'DELETE /api/roadstead/v1/login-providers'],
    [{ auth_mode: 'uaa_auth' }, 'auth_mode must be'],
    [{ primary_auth_mode: true }, 'primary_auth_mode'],
    [{ uaa_endpoint: 'https://uaa.example' }, 'uaa_endpoint: accounts of a UAA'],
    [{ oidc_name: 'Other', robot_name_prefix: 'no blank' }, 'robot_name_prefix must be'],
  ])('refuses %j, and changes nothing', async (change, message, status?: number) => {
    await refused(change, message, status);
  });

  describe('of a directory', () => {
    const directories = async () =>
      readJson<{ id: string; kind: string }[]>(await registry.admin.get(PROVIDERS)).filter(
        ({ kind }) => kind === 'ldap',
      );

    it('shows what holds without one, which a client may send back', async () => {
      const defaults = { ldap_url: '', ldap_base_dn: '', ldap_scope: 2, ldap_uid: 'cn', ldap_timeout: 5 };
      expect(await values()).toMatchObject({ ...defaults, ldap_verify_cert: true });
      const all = await values();
      expect((await put({ ...all, ldap_search_password: '' })).status).toBe(200);
      expect(await values()).toEqual(all);
      await refused({ auth_mode: 'ldap_auth' }, 'there is none yet');
      await refused({ ldap_url: LDAP.ldap_url }, 'ldap_url and ldap_base_dn are needed');
      await refused({ ldap_search_password: LDAP_PASSWORD }, 'ldap_url and ldap_base_dn are needed');
    });

    it('makes a login provider of the keys, and shows it without its password', async () => {
      const answer = await put(LDAP);
      expect([answer.status, answer.text]).toEqual([200, '']);
      const { ldap_search_password, auth_mode: _, ...rest } = LDAP;
      const shown = await registry.admin.get(CONFIGURATIONS);
      expect(shown.text).not.toContain(ldap_search_password);
      expect(shown.text).not.toContain('ldap_search_password');
      expect(await values()).toMatchObject(rest);
      const settings = { url: LDAP.ldap_url, uid: 'uid', timeoutSeconds: 9, hasSearchPassword: true };
      expect(await directories()).toMatchObject([{ name: 'LDAP', settings }]);
      const entries = JSON.stringify(await registry.store.rows('journal'));
      expect(entries).toContain(LDAP.ldap_search_dn);
      expect(entries).not.toContain(LDAP_PASSWORD);
      expect(JSON.stringify(await registry.store.rows('login_providers'))).not.toContain(LDAP_PASSWORD);
    });

    it('changes what a PUT names, and nothing when it names what holds', async () => {
      const before = await values();
      const rows = await registry.store.rows('login_providers');
      expect((await put(before)).status).toBe(200);
      expect(await registry.store.rows('login_providers')).toEqual(rows);
      expect((await put({ ldap_timeout: 3, ldap_group_admin_dn: '' })).status).toBe(200);
      expect(await values()).toEqual({ ...before, ldap_timeout: 3, ldap_group_admin_dn: '' });
      expect(await directories()).toMatchObject([{ settings: { hasSearchPassword: true } }]);
    });

    it.each([
      [{ ldap_url: 'https://directory.example' }, 'ldap_url is not ldap://HOST'],
      [{ ldap_url: '' }, 'ldap_url and ldap_base_dn are needed'],
      [{ ldap_base_dn: 'nonsense' }, 'ldap_base_dn is not a distinguished name'],
      [{ ldap_filter: '(uid=' }, 'ldap_filter is not a filter'],
      [{ ldap_group_search_filter: 'x)(' }, 'ldap_group_search_filter is not a filter'],
      [{ ldap_scope: 3 }, 'ldap_scope is not 0'],
      [{ ldap_scope: '2' }, '\\"ldap_scope\\" in the body must be integer', 422],
      [{ ldap_timeout: 0 }, 'ldap_timeout is not 1 to 60 seconds'],
      [{ ldap_verify_cert: 'true' }, '\\"ldap_verify_cert\\" in the body must be boolean', 422],
      [{ ldap_search_password: 'zero\0' }, '\\"ldap_search_password\\" in the body must not contain NUL', 422],
      [{ ldap_search_password: 'bell\u0007' }, 'ldap_search_password must be a text of printable characters'],
      [{ ldap_search_password: 7 }, '\\"ldap_search_password\\" in the body must be string', 422],
      [{ ldap_url: 'ldaps://evil.example' }, 'ldap_search_password is needed for ldap_search_dn'],
      [{ ldap_search_dn: '', ldap_search_password: 'x' }, 'ldap_search_password is for ldap_search_dn'],
      [{ session_timeout: 33, ldap_url: 'ldaps://evil.example' }, 'ldap_search_password is needed'],
    ])('refuses %j, and changes nothing', async (change, message, status?: number) => {
      await refused(change, message, status);
    });

    it('changes everything at once, or nothing', async () => {
      // Without sign-ins, which are written some time after them.
      const kinds = async () =>
        (await registry.store.rows('journal')).filter((row) => !String(row['kind']).startsWith('login.')).length;
      const [before, entries] = [await values(), await kinds()];
      // Known to the writer alone: a user is called as robots would be.
      const person = { username: 'taken.one', password: 'Password-1234', realname: 'x', email: 'taken@example.com' };
      expect((await registry.admin.post('/api/v2.0/users', JSON.stringify(person), JSON_TYPE)).status).toBe(201);
      const answer = await put({ oidc_name: 'Renamed', ldap_timeout: 4, robot_name_prefix: 'taken.' });
      expect(answer.status, answer.text).toBe(409);
      expect([await values(), await kinds()]).toEqual([before, entries + 1]);
      const name = readJson<{ name: string }[]>(await registry.admin.get(PROVIDERS))[0]?.name;
      const clash = await put({ session_timeout: 44, oidc_name: 'LDAP' });
      expect([name, clash.status], clash.text).toEqual(['Work', 409]);
      expect([await values(), await kinds()]).toEqual([before, entries + 1]);
      expect((await put({ session_timeout: 44, oidc_name: 'Renamed', ldap_timeout: 4 })).status).toBe(200);
      expect(await values()).toEqual({ ...before, session_timeout: 44, oidc_name: 'Renamed', ldap_timeout: 4 });
      expect(await kinds()).toBe(entries + 4);
    });
  });

  it('is for administrators', async () => {
    expect((await registry.anonymous.get(CONFIGURATIONS)).status).toBe(401);
    expect((await registry.anonymous.put(CONFIGURATIONS, '{}', JSON_TYPE)).status).toBe(401);
  });
});
