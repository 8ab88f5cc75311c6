import { access, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReference } from '../../conformance/harbor/reference-facts.ts';
import { ENGINES } from '../support/engines.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import { HarborCaller } from './harbor-caller.ts';

/** What is set to a key in turn: each is shown then. The first values make the providers that the others change. */
const SET: Readonly<Record<string, readonly unknown[]>> = {
  oidc_name: ['Work', 'Elsewhere'],
  oidc_endpoint: ['https://id.example', 'https://other.example'],
  oidc_client_id: ['registry', 'other'],
  oidc_scope: ['openid', 'openid,email'],
  oidc_groups_claim: ['groups', 'roles'],
  oidc_user_claim: ['sub', 'email'],
  oidc_group_filter: ['^a', ''],
  oidc_admin_group: ['operators', ''],
  oidc_auto_onboard: [true, false],
  oidc_logout: [true, false],
  oidc_extra_redirect_parms: ['{"prompt":"login"}', '{}'],
  oidc_verify_cert: [true],
  ldap_url: ['ldaps://directory.example', 'ldap://directory.example'],
  ldap_base_dn: ['dc=example', 'dc=other'],
  ldap_verify_cert: [false, true],
  ldap_search_dn: ['', 'cn=search,dc=example'],
  ldap_filter: ['(a=b)', ''],
  ldap_scope: [0, 1, 2],
  ldap_uid: ['mail', 'uid'],
  ldap_timeout: [1, 60],
  ldap_group_base_dn: ['ou=groups,dc=example', ''],
  ldap_group_search_filter: ['(c=d)', ''],
  ldap_group_attribute_name: ['ou', 'cn'],
  ldap_group_search_scope: [0, 1, 2],
  ldap_group_admin_dn: ['cn=admins,dc=example', ''],
  ldap_group_membership_attribute: ['isMemberOf', 'memberof'],
  ldap_group_attach_parallel: [true, false],
  pull_time_update_disable: [true, false],
  pull_count_update_disable: [true, false],
  pull_audit_log_disable: [false, true],
  auth_mode: ['oidc_auth'],
  primary_auth_mode: [false],
  self_registration: [true, false],
  project_creation_restriction: ['adminonly', 'everyone'],
  session_timeout: [1, 10_080],
  token_expiration: [1, 1_440],
  robot_token_duration: [1, -1],
  robot_name_prefix: ['machine$', 'robot$'],
  read_only: [true, false],
  notification_enable: [false, true],
  quota_per_project_enable: [false, true],
  storage_per_project: [1, -1],
  audit_log_forward_endpoint: ['logs.example:514', '[2001:db8::1]:6514', ''],
  skip_audit_log_database: [false],
  disabled_audit_log_event_types: [''],
  scanner_skip_update_pulltime: [false],
  banner_message: ['{"message":"x"}', ''],
};

/** What is refused, alone; the others of Harbor's keys that are in `SET` have their own tests of bad values. */
const REFUSED: Readonly<Record<string, unknown>> = {
  primary_auth_mode: true,
  oidc_verify_cert: false,
  skip_audit_log_database: true,
  disabled_audit_log_event_types: 'create_project',
  scanner_skip_update_pulltime: true,
  uaa_client_id: 'x',
  uaa_client_secret: 'x',
  uaa_endpoint: 'https://uaa.example',
  http_authproxy_endpoint: 'https://proxy.example',
  http_authproxy_tokenreview_endpoint: 'https://proxy.example',
  http_authproxy_admin_groups: 'x',
  http_authproxy_admin_usernames: 'x',
  http_authproxy_skip_search: true,
  http_authproxy_server_certificate: 'x',
};

const SECRET = { oidc_client_secret: 'secret of the client', ldap_search_password: 'secret of the searches' };
/** They say nothing by themselves, whatever they say. */
const MUTE = { uaa_verify_cert: [true, false], http_authproxy_verify_cert: [true, false] };
/** Harbor has them, and its document does not. */
const UNDOCUMENTED = [
  'ldap_group_attach_parallel',
  'pull_time_update_disable',
  'pull_count_update_disable',
  'pull_audit_log_disable',
];
const PAGE = new URL('../../../../../docs/harbor-configuration.md', import.meta.url);

describe("Harbor's configuration keys", () => {
  it('are all asked for, and all described with their effect and the test of it', async () => {
    const { definitions } = await readReference();
    const keys = Object.keys(definitions['Configurations']?.properties ?? {}).filter(
      (key) => !UNDOCUMENTED.includes(key),
    );
    const asked = [SET, REFUSED, SECRET, MUTE].flatMap((table) => Object.keys(table));
    expect(keys.filter((key) => !asked.includes(key))).toEqual([]);
    const page = await readFile(PAGE, 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const described = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, key]) => key));
    expect([...described].toSorted()).toEqual([...keys, ...UNDOCUMENTED].toSorted());
    for (const row of rows) {
      const test = /`([\w/.-]+\.test\.ts)` \|$/.exec(row)?.[1] ?? 'no test';
      await access(new URL(`../${test}`, import.meta.url));
    }
  });
});

describe.each(ENGINES)("Harbor's configuration keys on %s", (engine) => {
  let registry: OpenRegistry;
  let harbor: HarborCaller;
  beforeAll(async () => {
    registry = await openRegistry({ engine });
    harbor = await HarborCaller.open();
    const firsts = Object.entries(SET).filter(([key]) => /^(?:oidc|ldap)_/.test(key));
    const body = Object.fromEntries(firsts.map(([key, [value]]) => [key, value]));
    expect((await put(body)).text).toBe('');
  });
  afterAll(() => registry.close());

  const put = (body: object) => harbor.call(registry.admin, 'updateConfigurations', { body });
  const shown = async () => (await harbor.call(registry.admin, 'getConfigurations')).json;

  it.each(Object.entries(SET))('%s is set and shown', async (key, values) => {
    for (const value of values) {
      const search = key === 'ldap_search_dn' ? { ldap_search_password: SECRET.ldap_search_password } : {};
      const answer = await put({ [key]: value, ...(value !== '' && search) });
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect((await shown())[key].value).toEqual(value);
    }
  });

  it.each(Object.entries(REFUSED))('%s is refused with a reason', async (key, value) => {
    const before = await shown();
    const answer = await put({ [key]: value });
    expect(answer.status).toBe(400);
    expect(answer.json.errors[0].message).toMatch(new RegExp(`^${key}: .{20}`));
    expect(await shown()).toEqual(before);
    // What it says without it is taken, as clients send all that they know.
    const off = typeof value === 'string' ? '' : !value;
    expect((await put({ [key]: off })).status).toBe(200);
    expect(before[key]?.editable ?? false).toBe(false);
  });

  it.each(Object.entries(SECRET))('%s goes in and never comes out', async (key, value) => {
    const answer = await put({ ldap_search_dn: 'cn=search,dc=example', ...SECRET });
    expect([answer.status, answer.text]).toEqual([200, '']);
    const { text } = await harbor.call(registry.admin, 'getConfigurations');
    expect(text).not.toContain(key);
    expect(text).not.toContain(value);
  });

  it.each(Object.entries(MUTE))('%s alone is nothing', async (key, values) => {
    for (const value of values) expect((await put({ [key]: value })).status).toBe(200);
    expect(await shown()).not.toHaveProperty(key);
  });
});
