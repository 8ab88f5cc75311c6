import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findReasonAgainstSlapd } from '../../support/start-slapd.ts';
import { type DirectoryStage, dnOf, groupDn, openDirectoryStage } from '../ldap/directory-stage.ts';
import { ENGINES } from '../support/engines.ts';
import type { RegistryClient } from '../support/registry-client.ts';
import { HarborCaller } from './harbor-caller.ts';

const reason = findReasonAgainstSlapd();

describe.runIf(reason === undefined).each(ENGINES)("Harbor's LDAP on %s", { timeout: 60_000 }, (engine) => {
  let stage: DirectoryStage;
  let harbor: HarborCaller;
  let carol: RegistryClient;
  beforeAll(async () => {
    stage = await openDirectoryStage(engine, ['alice', 'bob']);
    await stage.addGroup('developers', dnOf('alice'));
    await stage.addProvider();
    harbor = await HarborCaller.open();
    carol = await stage.registry.createUser('carol');
  }, 120_000);
  afterAll(async () => stage?.close());

  it('is tried', async () => {
    const { admin, anonymous } = stage.registry;
    expect((await harbor.call(admin, 'pingLdap', { body: {} })).json).toMatchObject({ success: true });
    const wrong = await harbor.call(admin, 'pingLdap', { body: { ldap_url: 'ldap://127.0.0.1:9' } });
    expect(wrong.json.success).toBe(false);
    expect((await harbor.call(carol, 'pingLdap', { body: {} })).status).toBe(403);
    expect((await harbor.call(anonymous, 'pingLdap', { body: {} })).status).toBe(401);
  });

  it('is searched for people', async () => {
    const search = (username: string, client = stage.registry.admin) =>
      harbor.call(client, 'searchLdapUser', { query: { username } });
    expect((await search('ali')).json).toEqual([
      { username: 'alice', realname: 'Name of alice', email: 'alice@example.com' },
    ]);
    expect((await search('nobody')).json).toEqual([]);
    expect((await search('*)(uid=*')).json).toEqual([]);
    expect((await search('ali', carol)).status).toBe(403);
    expect((await search('ali', stage.registry.anonymous)).status).toBe(401);
  });

  it('is searched for groups', async () => {
    const search = (query: Record<string, string>, client = stage.registry.admin) =>
      harbor.call(client, 'searchLdapGroup', { query });
    const developers = [{ group_name: 'developers', group_type: 1, ldap_group_dn: groupDn('developers') }];
    expect((await search({ groupname: 'dev' })).json).toEqual(developers);
    expect((await search({ groupdn: groupDn('developers') })).json).toEqual(developers);
    expect((await search({ groupdn: groupDn('nothing') })).json).toEqual([]);
    expect((await search({ groupname: 'dev' }, carol)).status).toBe(403);
  });

  it('gives accounts to people before they sign in', async () => {
    const take = (uids: readonly string[], client = stage.registry.admin) =>
      harbor.call(client, 'importLdapUser', { body: { ldap_uid_list: uids } });
    expect((await take(['alice', 'bob'])).status).toBe(200);
    expect((await take(['nobody'])).status).toBe(404);
    expect((await take(['alice'], carol)).status).toBe(403);
    expect((await take(['alice'], stage.registry.anonymous)).status).toBe(401);
  });
});
