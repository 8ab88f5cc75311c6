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
  const refused = async (change: unknown, message: string) => {
    const before = await values();
    const answer = await put(change);
    expect(answer.status, answer.text).toBe(400);
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

  it.each([
    [{ session_timeout: 0 }, 'session_timeout must be a whole number'],
    [{ project_creation_restriction: 'nobody' }, 'everyone or adminonly'],
    [{ oidc_verify_cert: false }, 'always checked'],
    [{ oidc_extra_redirect_parms: '{"prompt":"login"}' }, 'not supported yet'],
    [{ oidc_endpoint: 'http://id.example' }, 'https://'],
    [{ oidc_endpoint: '' }, 'none of them empty'],
    [{ oidc_scope: 'email' }, 'openid'],
    [{ oidc_auto_onboard: 'true' }, 'oidc_auto_onboard must be true or false'],
    [{ auth_mode: 'db_auth' }, 'DELETE /api/roadstead/v1/login-providers'],
    [{ auth_mode: 'uaa_auth' }, 'auth_mode must be'],
    [{ primary_auth_mode: true }, 'primary_auth_mode'],
    [{ read_only: true }, 'no configuration key \\"read_only\\"'],
    [{ oidc_name: 'Other', robot_name_prefix: 'no blank' }, 'robot_name_prefix must be'],
  ])('refuses %j, and changes nothing', async (change, message) => {
    await refused(change, message);
  });

  it('is for administrators', async () => {
    expect((await registry.anonymous.get(CONFIGURATIONS)).status).toBe(401);
    expect((await registry.anonymous.put(CONFIGURATIONS, '{}', JSON_TYPE)).status).toBe(401);
  });
});
