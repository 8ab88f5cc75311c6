import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findReasonAgainstSlapd } from '../../support/start-slapd.ts';
import { ENGINES } from '../support/engines.ts';
import { readJson } from '../support/http-client.ts';
import {
  type DirectoryStage,
  dnOf,
  groupDn,
  JSON_TYPE,
  openDirectoryStage,
  PROVIDERS,
  SESSION,
} from './directory-stage.ts';

const reason = findReasonAgainstSlapd();
if (reason !== undefined) console.log(`not run: sign-in by LDAP, because ${reason}`);

const PULL = 'scope=repository%3Adirectory%2Fapp%3Apull';
const realNow = Date.now;

describe.runIf(reason === undefined).each(ENGINES)('sign-in by LDAP on %s', { timeout: 60_000 }, (engine) => {
  let stage: DirectoryStage;

  beforeAll(async () => {
    stage = await openDirectoryStage(engine, ['alice', 'Bob', 'carol', 'admin', 'dave', 'robot$eve', 'frank']);
    await stage.addGroup('developers', dnOf('alice'), dnOf('carol'));
    await stage.addGroup('staff', groupDn('developers'));
    await stage.addGroup('admins', dnOf('carol'));
    await stage.registry.admin.createProject('directory');
    const member_group = { ldap_group_dn: 'CN=Staff, OU=Groups,DC=Example,DC=COM', group_type: 1 };
    const body = JSON.stringify({ role_id: 3, member_group });
    const added = await stage.registry.admin.post('/api/v2.0/projects/directory/members', body, JSON_TYPE);
    expect(added.status, added.text).toBe(201);
  }, 120_000);
  afterEach(async () => {
    Date.now = realNow;
    await stage.clear();
  });
  afterAll(async () => stage?.close());

  const pass = (ms: number) => {
    Date.now = () => realNow() + ms;
  };
  const userNamed = async (name: string) =>
    (await stage.registry.store.rows('users')).find((row) => row['username'] === name);
  const currentOf = async (name: string, password?: string) => {
    const answer = await stage.basic(name, password).get('/api/v2.0/users/current');
    return { status: answer.status, ...readJson<{ username?: string; sysadmin_flag?: boolean }>(answer) };
  };
  /** What a token for a pull allows. */
  const grantOf = async (name: string) => {
    const answer = await stage.token(name, undefined, PULL);
    expect(answer.status, answer.text).toBe(200);
    const [, claims = ''] = readJson<{ token: string }>(answer).token.split('.');
    const { access } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { access?: { actions: string[] }[] };
    return access?.flatMap(({ actions }) => actions) ?? [];
  };
  /** Why sign-ins at a provider failed, as the audit log has it: it is told a little later. */
  const failures = async (id: string): Promise<readonly string[]> => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const rows = (await stage.registry.store.rows('journal')).filter((row) => row['kind'] === 'login.failed');
    const details = rows.map((row) => JSON.parse(String(row['detail'])) as { provider?: string; reason?: string });
    return details.filter(({ provider }) => provider === id).map(({ reason: why }) => String(why));
  };

  it.each(['StartTLS', 'LDAPS'])(
    'opens a session, and takes the password as Basic everywhere, over %s',
    async (way) => {
      const { slapd } = stage;
      const id = await stage.addProvider(way === 'LDAPS' ? { url: slapd.tlsUrl, startTls: false } : {});
      const ping = await stage.registry.admin.post(`${PROVIDERS}/${id}/ping`);
      expect([ping.status, readJson<object>(ping)]).toMatchObject([200, { risks: [] }]);
      const session = await stage.signIn('alice');
      expect(session.status, session.text).toBeLessThan(300);
      const cookie = String(session.headers['set-cookie']).split(';')[0] ?? '';
      const shown = await stage.registry.anonymous.get(SESSION, { cookie });
      expect(readJson<object>(shown)).toMatchObject({ user: { name: 'alice', isAdministrator: false } });
      expect((await stage.basic('alice').get('/v2/')).status).toBe(200);
      expect((await stage.token('alice')).status).toBe(200);
      expect(await currentOf('BOB', 'pw-Bob')).toMatchObject({ status: 200, username: 'Bob' });
      expect(await userNamed('alice')).toMatchObject({ password_hash: null, email: 'alice@example.com' });
      for (const [name, password] of [
        ['alice', 'pw-bob'],
        ['alice', ''],
        ['nobody', 'pw-nobody'],
      ] as const) {
        expect((await stage.signIn(name, password)).status).toBe(401);
        expect((await stage.token(name, password)).status).toBe(401);
        expect((await stage.basic(name, password).get('/v2/')).status).toBe(401);
      }
    },
  );

  it('says the same of a wrong password and of a name that nobody has', async () => {
    await stage.addProvider();
    expect((await stage.signIn('alice')).status).toBeLessThan(300);
    const texts = await Promise.all(
      ['alice', 'frank', 'nobody', 'admin'].map(async (name) => (await stage.token(name, 'wrong')).text),
    );
    expect(new Set(texts).size).toBe(1);
  });

  it('gives no refresh token, which would never ask the directory again', async () => {
    await stage.addProvider();
    const asked = 'offline_token=true&client_id=docker';
    expect(readJson<object>(await stage.token('alice', undefined, asked))).not.toHaveProperty('refresh_token');
    const { username, password } = { username: 'admin', password: 'Correct-horse-9-battery' };
    expect(readJson<object>(await stage.token(username, password, asked))).toHaveProperty('refresh_token');
  });

  it('gives the roles of groups, nested ones too, and takes them within a minute', async () => {
    await stage.addProvider({ nestedGroups: 'walk' });
    expect(await grantOf('alice')).toEqual(['pull']);
    expect(await grantOf('Bob')).toEqual([]);
    await stage.setMembers('developers', dnOf('carol'));
    try {
      pass(30_000);
      expect(await grantOf('alice')).toEqual(['pull']);
      pass(61_000);
      expect(await grantOf('alice')).toEqual([]);
    } finally {
      await stage.setMembers('developers', dnOf('alice'), dnOf('carol'));
    }
  });

  it('does not count groups of groups where that is not wanted', async () => {
    await stage.addProvider();
    expect(await grantOf('alice')).toEqual([]);
  });

  it('goes by what it was told for a minute at most, from the same network, and then asks again', async () => {
    await stage.addProvider();
    expect((await stage.token('alice')).status).toBe(200);
    await stage.setPassword('alice', 'another');
    try {
      pass(59_000);
      expect((await stage.token('alice')).status).toBe(200);
      expect((await stage.token('alice', 'another')).status).toBe(200);
      pass(61_000);
      expect((await stage.token('alice')).status).toBe(401);
      expect((await stage.signIn('alice')).status).toBe(401);
      expect((await stage.token('alice', 'another')).status).toBe(200);
    } finally {
      await stage.setPassword('alice', 'pw-alice');
    }
  });

  it('lets nobody in whose account is disabled here, at once', async () => {
    await stage.addProvider();
    expect((await stage.token('alice')).status).toBe(200);
    const path = `/api/roadstead/v1/users/${(await userNamed('alice'))?.['id']}`;
    expect((await stage.registry.admin.post(`${path}/disable`)).status).toBeLessThan(300);
    for (const ms of [0, 61_000]) {
      pass(ms);
      expect((await stage.token('alice')).status).toBe(401);
    }
    expect((await stage.registry.admin.post(`${path}/enable`)).status).toBeLessThan(300);
    pass(130_000);
    expect((await stage.token('alice')).status).toBe(200);
  });

  it('asks no second factor of people of a directory', async () => {
    await stage.addProvider();
    const set = (requireSecondFactor: string) => {
      const value = JSON.stringify({ requireSecondFactor });
      return stage.registry.store.database.write((tx) =>
        tx
          .insertInto('settings')
          .values({ name: 'access', value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
          .execute(),
      );
    };
    await set('everybody');
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const theirs = await stage.basic('alice').get('/api/v2.0/projects');
    const local = await stage.registry.admin.get('/api/v2.0/projects');
    await set('nobody');
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect([theirs.status, local.status]).toEqual([200, 403]);
  });

  it('makes the members of one group administrators, until they leave it', async () => {
    await stage.addProvider({ groupAdminDn: 'CN=Admins, ou=groups,dc=example,dc=com' });
    expect(await currentOf('carol')).toMatchObject({ username: 'carol', sysadmin_flag: true });
    expect(await currentOf('alice')).toMatchObject({ username: 'alice', sysadmin_flag: false });
    await stage.setMembers('admins', dnOf('dave'));
    try {
      pass(61_000);
      expect(await currentOf('carol')).toMatchObject({ sysadmin_flag: false });
    } finally {
      await stage.setMembers('admins', dnOf('carol'));
    }
  });

  it('asks about the names of local accounts here alone, and about those of robots as well', async () => {
    const id = await stage.addProvider();
    for (const name of ['admin', 'ADMIN', 'Ａｄｍｉｎ']) {
      expect((await stage.token(name, 'pw-admin')).status).toBe(401);
    }
    expect((await stage.token('robot$eve')).status).toBe(401);
    await stage.registry.createUser('dave');
    expect((await stage.token('dave')).status).toBe(401);
    expect(await userNamed('dave')).toMatchObject({ is_administrator: 0 });
    await stage.registry.admin.delete(`/api/roadstead/v1/users/${(await userNamed('dave'))?.['id']}`);
    expect(await failures(id)).toEqual([]);
  });

  it('refuses who comes with the name of another, and writes it down', async () => {
    // Frank is known by another name here, which one more person of the directory has.
    const id = await stage.addProvider({ uid: 'cn', groupBaseDn: '' });
    expect((await stage.token('Name of frank', 'pw-frank')).status).toBe(200);
    const frank = await userNamed('Name of frank');
    const rename = (username: string) =>
      stage.registry.store.database.write((tx) =>
        tx.updateTable('users').set({ username }).where('id', '=', Number(frank?.['id'])).execute(),
      );
    await rename('Name of alice');
    // Whose account it is counts, and not who is called so.
    const alice = await stage.token('Name of alice', 'pw-alice');
    const still = await currentOf('Name of frank', 'pw-frank');
    expect([alice.status, still.username]).toEqual([401, 'Name of alice']);
    expect(await failures(id)).toEqual(['name-taken']);
  });

  it('leaves an account to its own directory', async () => {
    const first = await stage.addProvider();
    const settings = { url: stage.slapd.tlsUrl, startTls: false, groupPrefix: 'second/' };
    await stage.addProvider(settings, { name: 'Second', position: 0 });
    const second = (await currentOf('alice')).username;
    expect(second).toBe('alice');
    const identities = async () =>
      (await stage.registry.store.rows('external_identities')).map((row) => row['provider_id']);
    expect(await identities()).not.toContain(first);
    const kept = await stage.registry.admin.delete(`${PROVIDERS}/${(await identities())[0]}?deleteUsers=false`);
    expect(kept.status).toBe(204);
    expect((await stage.token('alice')).status).toBe(401);
    await stage.registry.admin.delete(`/api/roadstead/v1/users/${(await userNamed('alice'))?.['id']}`);
    expect((await stage.token('alice')).status).toBe(200);
    expect(await identities()).toEqual([first]);
  });

  it('ends with its provider, and takes its accounts along only when that is said', async () => {
    const id = await stage.addProvider();
    const { status, headers } = await stage.signIn('alice');
    expect(status).toBeLessThan(300);
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    expect((await stage.token('alice')).status).toBe(200);
    expect((await stage.registry.admin.delete(`${PROVIDERS}/${id}`)).status).toBe(412);
    expect((await stage.token('alice')).status).toBe(200);
    expect((await stage.registry.admin.delete(`${PROVIDERS}/${id}?deleteUsers=true`)).status).toBe(204);
    expect((await stage.token('alice')).status).toBe(401);
    expect((await stage.registry.anonymous.get(SESSION, { cookie })).status).toBe(401);
    expect(await userNamed('alice')).toBeUndefined();
  });

  it('lets nobody in while a directory is down, says so, and leaves local accounts alone', async () => {
    const id = await stage.addProvider();
    expect((await stage.token('alice')).status).toBe(200);
    const settings = stage.settings({ url: 'ldap://127.0.0.1:9' });
    const body = { kind: 'ldap', name: 'Directory', settings, searchPassword: 'secret-of-the-search' };
    const changed = await stage.registry.admin.put(`${PROVIDERS}/${id}`, JSON.stringify(body), JSON_TYPE);
    expect(changed.status, changed.text).toBe(200);
    const known = await stage.token('alice');
    const unknown = await stage.token('nobody');
    expect([known.status, unknown.status]).toEqual([503, 503]);
    expect(known.text).toBe(unknown.text);
    expect(known.text).not.toMatch(/127\.0\.0\.1|secret/);
    const from = performance.now();
    expect((await stage.registry.admin.get('/v2/')).status).toBe(200);
    expect(performance.now() - from).toBeLessThan(1_000);
    expect((await stage.token('admin', 'wrong')).status).toBe(401);
    const ping = await stage.registry.admin.post(`${PROVIDERS}/${id}/ping`);
    expect([ping.status, ping.text.includes('cannot be used')]).toEqual([503, true]);
  });

  it('lets nobody in when the password for searches is wrong, and tells administrators why', async () => {
    const id = await stage.addProvider({}, { searchPassword: 'wrong' });
    expect((await stage.token('alice')).status).toBe(503);
    const ping = await stage.registry.admin.post(`${PROVIDERS}/${id}/ping`);
    expect(ping.text).toContain('refuses search_dn or search_password');
    expect(await failures(id)).toEqual(['service-account-refused']);
  });

  it('forgets the password for searches when it would go to another server', async () => {
    const id = await stage.addProvider();
    const put = (more: object, others: object = {}) => {
      const body = { kind: 'ldap', name: 'Directory', settings: stage.settings(more), ...others };
      return stage.registry.admin.put(`${PROVIDERS}/${id}`, JSON.stringify(body), JSON_TYPE);
    };
    expect((await put({ timeoutSeconds: 7 })).status).toBe(200);
    expect((await stage.token('alice')).status).toBe(200);
    for (const more of [{ url: 'ldap://evil.example' }, { startTls: false }, { verifyCert: false }]) {
      expect((await put(more)).status).toBe(422);
    }
    const shown = await stage.registry.admin.get(`${PROVIDERS}/${id}`);
    expect(readJson<object>(shown)).toMatchObject({ kind: 'ldap', settings: { hasSearchPassword: true } });
    expect((await put({}, { kind: 'oidc' })).status).toBe(422);
  });

  it.each([
    [{ url: 'https://id.example' }],
    [{ url: 'ldap://user:secret@directory.example' }],
    [{ baseDn: '' }],
    [{ baseDn: 'nonsense' }],
    [{ filter: '(uid=' }],
    [{ uid: 'uid)(x' }],
    [{ timeoutSeconds: 0 }],
    [{ timeoutSeconds: '5' }],
    [{ verifyCert: 'false' }],
    [{ groupPrefix: 'cn=' }],
    [{ nestedGroups: 'all' }],
    [{ searchPassword: 'secret' }],
    [{ clientId: 'x' }],
    [{ groupMemberAttributes: ['owner'] }],
    [{ certificateAuthorities: 'none' }],
  ])('refuses the settings %j', async (more) => {
    const body = { kind: 'ldap', name: 'Directory', settings: stage.settings(more), searchPassword: 'x' };
    const answer = await stage.registry.admin.post(PROVIDERS, JSON.stringify(body), JSON_TYPE);
    expect(answer.status, answer.text).toBe(422);
  });
});
