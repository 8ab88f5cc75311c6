import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTORY, findReasonAgainstSlapd } from '../../support/start-slapd.ts';
import { ENGINES } from '../support/engines.ts';
import { readJson } from '../support/http-client.ts';
import { type DirectoryStage, dnOf, groupDn, JSON_TYPE, openDirectoryStage } from './directory-stage.ts';

const reason = findReasonAgainstSlapd();

describe.runIf(reason === undefined).each(ENGINES)('Harbor’s ldap_ keys on %s', { timeout: 60_000 }, (engine) => {
  let stage: DirectoryStage;

  beforeAll(async () => {
    stage = await openDirectoryStage(engine, ['alice', 'boss']);
    await stage.addGroup('developers', dnOf('alice'));
    await stage.addGroup('operators', dnOf('boss'));
  }, 120_000);
  afterAll(async () => stage?.close());

  const put = (change: object) =>
    stage.registry.admin.put('/api/v2.0/configurations', JSON.stringify(change), JSON_TYPE);

  it('are enough to sign in at a directory', async () => {
    expect((await stage.token('alice')).status).toBe(401);
    const answer = await put({
      auth_mode: 'ldap_auth',
      // The one of this directory has no public certificate, for which Harbor has no key.
      ldap_url: stage.slapd.url,
      ldap_search_dn: DIRECTORY.admin,
      ldap_search_password: DIRECTORY.password,
      ldap_base_dn: 'ou=people,dc=example,dc=com',
      ldap_filter: '(objectClass=person)',
      ldap_uid: 'uid',
      ldap_scope: 2,
      ldap_timeout: 5,
      ldap_group_base_dn: 'ou=groups,dc=example,dc=com',
      ldap_group_search_filter: '(objectClass=groupOfNames)',
      ldap_group_attribute_name: 'cn',
      ldap_group_admin_dn: groupDn('operators'),
    });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect((await stage.token('alice', 'wrong')).status).toBe(401);
    expect((await stage.token('alice')).status).toBe(200);
    expect((await stage.signIn('boss')).status).toBe(200);
    const shown = readJson<Record<string, { value: unknown }>>(
      await stage.registry.admin.get('/api/v2.0/configurations'),
    );
    expect([shown['auth_mode']?.value, shown['ldap_url']?.value]).toEqual(['ldap_auth', stage.slapd.url]);
    const ping = await stage.registry.admin.post('/api/v2.0/ldap/ping', '{}', JSON_TYPE);
    expect(readJson(ping)).toEqual({ success: true, message: '' });
  });

  it('change how it is asked from then on', async () => {
    expect((await put({ ldap_filter: '(uid=boss)' })).status).toBe(200);
    expect((await stage.token('alice')).status).toBe(401);
    expect((await stage.token('boss')).status).toBe(200);
    // With another way to the directory the password has to be given again, and the whole change is refused.
    expect((await put({ ldap_filter: '', ldap_verify_cert: false })).status).toBe(400);
    expect((await stage.token('alice')).status).toBe(401);
    const again = { ldap_filter: '', ldap_verify_cert: false, ldap_search_password: DIRECTORY.password };
    expect((await put(again)).status).toBe(200);
    expect((await stage.token('alice')).status).toBe(200);
  });
});
