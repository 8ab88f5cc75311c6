import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTORY, findReasonAgainstSlapd } from '../../support/start-slapd.ts';
import { ENGINES } from '../support/engines.ts';
import { readJson } from '../support/http-client.ts';
import { type DirectoryStage, dnOf, groupDn, JSON_TYPE, openDirectoryStage } from './directory-stage.ts';

const LDAP = '/api/v2.0/ldap';
const reason = findReasonAgainstSlapd();

describe.runIf(reason === undefined).each(ENGINES)('the routes of LDAP on %s', { timeout: 60_000 }, (engine) => {
  let stage: DirectoryStage;

  beforeAll(async () => {
    stage = await openDirectoryStage(engine, ['alice', 'Bob', 'admin']);
    await stage.addGroup('developers', dnOf('alice'));
  }, 120_000);
  afterAll(async () => stage?.close());

  const get = (path: string) => stage.registry.admin.get(`${LDAP}${path}`);
  const post = (path: string, body: object) =>
    stage.registry.admin.post(`${LDAP}${path}`, JSON.stringify(body), JSON_TYPE);

  it('say that there is no directory', async () => {
    expect(readJson(await post('/ping', {}))).toEqual({ success: false, message: 'no directory is set up' });
    expect((await get('/users/search')).status).toBe(412);
    expect((await post('/users/import', { ldap_uid_list: ['alice'] })).status).toBe(412);
  });

  it('find people and groups, and make accounts for them, as with Harbor', async () => {
    await stage.addProvider();
    const people = readJson(await get('/users/search?username=ali'));
    expect(people).toEqual([{ username: 'alice', realname: 'Name of alice', email: 'alice@example.com' }]);
    expect(readJson<object[]>(await get('/users/search')).length).toBe(3);
    expect(readJson(await get('/users/search?username=*'))).toEqual([]);
    const developers = [{ group_name: 'developers', group_type: 1, ldap_group_dn: groupDn('developers') }];
    for (const query of ['groupname=dev', `groupdn=${encodeURIComponent(groupDn('developers'))}`]) {
      expect(readJson(await get(`/groups/search?${query}`)), query).toEqual(developers);
    }
    expect(readJson(await get('/groups/search?groupdn=nonsense'))).toEqual([]);
    expect((await stage.token('alice')).status).toBe(200);
    const members = async () => (await stage.registry.store.rows('user_group_members')).length;
    const before = await members();
    expect((await post('/users/import', { ldap_uid_list: ['alice', 'Bob'] })).status).toBe(200);
    expect(await members()).toBe(before);
    const failed = await post('/users/import', { ldap_uid_list: ['nobody', 'admin', '*'] });
    expect([failed.status, readJson(failed)]).toEqual([
      404,
      [
        { uid: 'nobody', error: 'unknown_user' },
        { uid: 'admin', error: 'duplicate_user' },
        { uid: '*', error: 'unknown_user' },
      ],
    ]);
    const users = await stage.registry.store.rows('users');
    expect(users.map((row) => row['username']).sort()).toEqual(['Bob', 'admin', 'alice']);
    expect((await stage.token('Bob')).status).toBe(200);
  });

  it('try settings out, without the password that is for another server', async () => {
    expect(readJson(await post('/ping', {}))).toEqual({ success: true, message: '' });
    expect(readJson(await post('/ping', { ldap_base_dn: 'dc=example,dc=com' }))).toMatchObject({ success: true });
    const other = { ldap_search_dn: 'cn=other,dc=example,dc=com' };
    expect(readJson(await post('/ping', other))).toMatchObject({ success: false });
    const given = { ldap_search_password: DIRECTORY.password, ldap_connection_timeout: 7 };
    expect(readJson(await post('/ping', given))).toMatchObject({ success: true });
    const wrong = await post('/ping', { ldap_search_password: 'wrong' });
    expect(readJson(wrong)).toMatchObject({ success: false, message: expect.stringContaining('refuses search_dn') });
    expect(readJson(await post('/ping', { ldap_url: 'https://id.example' }))).toMatchObject({ success: false });
    expect((await post('/ping', { ldap_other: 1 })).status).toBe(400);
  });

  it('are for who looks after the registry', async () => {
    const alice = stage.basic('alice');
    const asked = [
      await alice.get(`${LDAP}/users/search`),
      await alice.get(`${LDAP}/groups/search`),
      await alice.post(`${LDAP}/ping`, '{}', JSON_TYPE),
      await alice.post(`${LDAP}/users/import`, '{"ldap_uid_list":["Bob"]}', JSON_TYPE),
    ];
    expect(asked.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });
});
