import { createServer, type Server, type Socket } from 'node:net';
import { Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkLdapSettings } from '../../../src/identity/ldap/check-ldap-settings.ts';
import { isSameDn, isWithinDn, normalizeDn } from '../../../src/identity/ldap/distinguished-name.ts';
import { LdapDirectory } from '../../../src/identity/ldap/ldap-directory.ts';
import type { LdapSettings } from '../../../src/identity/ldap/ldap-settings.ts';
import { createEgressGuard } from '../../../src/kernel/egress-guard.ts';
import { createSelfSignedCertificate } from '../../support/create-self-signed-certificate.ts';
import { listenLocally } from '../../support/listen-locally.ts';
import { DIRECTORY, findReasonAgainstSlapd, type RunningSlapd, startSlapd } from '../../support/start-slapd.ts';

const reason = findReasonAgainstSlapd();
if (reason !== undefined) console.log(`not run: sign-in with a directory, because ${reason}`);

const guard = createEgressGuard({ allow: ['127.0.0.0/8', '::1', 'localhost'] });
const ALICE = 'uid=alice,ou=people,dc=example,dc=com';
const GROUPS = 'ou=groups,dc=example,dc=com';
const MANY = 10_000;

function person(dn: string, uid: string): string {
  return `dn: ${dn}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: Name of ${uid}\nsn: x\nmail: ${uid}@example.com\nuserPassword: pw-${uid}\n\n`;
}

function entries(): string {
  const units = ['people', 'groups', 'many'].map(
    (ou) => `dn: ou=${ou},dc=example,dc=com\nobjectClass: organizationalUnit\nou: ${ou}\n\n`,
  );
  const people = ['alice', 'Bob', 'carol'].map((uid) => person(`uid=${uid},ou=people,dc=example,dc=com`, uid));
  const twins = ['1', '2'].map((n) => person(`cn=twin${n},ou=people,dc=example,dc=com`, 'twin'));
  const odd = person('cn=Odd\\2C Name\\2B\\22\\5C,ou=people,dc=example,dc=com', 'odd');
  const many = Array.from(
    { length: MANY },
    (_, n) =>
      `dn: cn=m${n},ou=many,dc=example,dc=com\nobjectClass: groupOfNames\ncn: m${n}\nmember: uid=carol,ou=people,dc=example,dc=com\n\n`,
  );
  const posix = `dn: cn=unix,${GROUPS}\nobjectClass: posixGroup\ncn: unix\ngidNumber: 1\nmemberUid: alice\n\n`;
  return `dn: dc=example,dc=com\nobjectClass: domain\ndc: example\n\n${[...units, ...people, ...twins, odd, posix, ...many].join('')}`;
}

describe.runIf(reason === undefined)('a directory', { timeout: 60_000 }, () => {
  let slapd: RunningSlapd;
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  const settings = (more: Partial<LdapSettings> = {}): LdapSettings => ({
    url: slapd.url,
    searchDn: DIRECTORY.admin,
    searchPassword: DIRECTORY.password,
    baseDn: 'ou=people,dc=example,dc=com',
    filter: '(objectClass=person)',
    uid: 'uid',
    groupBaseDn: GROUPS,
    groupAdminDn: `CN=Admins , OU=groups,dc=example, dc=com`,
    timeoutSeconds: 20,
    ...more,
  });
  const directory = (more: Partial<LdapSettings> = {}) => new LdapDirectory(settings(more), guard);
  const signIn = async (more: Partial<LdapSettings>, username = 'alice') => {
    const result = await directory(more).authenticate(username, `pw-${username}`);
    if (result.outcome !== 'signed-in') throw new Error(result.outcome);
    return result.user;
  };
  /** A server that says what the test makes it say. */
  const serve = async (answer: (socket: Socket, request: Buffer) => void) => {
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data: Buffer) => {
        received.push(data);
        answer(socket, data);
      });
    });
    servers.push(server);
    await listenLocally(server, 0);
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return { url: `ldap://127.0.0.1:${port}`, received };
  };

  beforeAll(async () => {
    slapd = await startSlapd(entries());
    const client = new Client({ url: slapd.url.replace('localhost', '127.0.0.1') });
    await client.bind(DIRECTORY.admin, DIRECTORY.password);
    const add = (cn: string, member: string) =>
      client.add(`cn=${cn},${GROUPS}`, { objectClass: 'groupOfNames', cn, member });
    await add('developers', ALICE);
    await add('staff', `cn=developers,${GROUPS}`);
    await add('admins', `cn=staff,${GROUPS}`);
    await add('ring', `cn=admins,${GROUPS}`);
    const { Attribute, Change } = await import('ldapts');
    const modification = new Attribute({ type: 'member', values: [`cn=ring,${GROUPS}`] });
    await client.modify(`cn=developers,${GROUPS}`, new Change({ operation: 'add', modification }));
    await client.unbind();
  }, 120_000);
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(async () => slapd?.stop());

  it('signs in who has the password, with the names that the directory has', async () => {
    const user = await signIn({});
    expect(user).toMatchObject({ dn: ALICE, username: 'alice', email: 'alice@example.com', realName: 'Name of alice' });
    expect(user.subject).toMatch(/^uuid:[0-9a-f-]{36}$/);
    expect(user.groups).toEqual([{ dn: `cn=developers,${GROUPS}`, name: 'developers' }]);
    expect(user.isAdministrator).toBe(false);
    const bob = await directory().authenticate('BOB', 'pw-Bob');
    expect(bob).toMatchObject({ outcome: 'signed-in', user: { username: 'Bob' } });
    const odd = await directory().authenticate('odd', 'pw-odd');
    expect(odd.outcome).toBe('signed-in');
  });

  it('tells a wrong password, an unknown name, two entries and a refused account for searches apart', async () => {
    expect(await directory().authenticate('alice', 'wrong')).toEqual({ outcome: 'wrong-password' });
    expect(await directory().authenticate('nobody', 'wrong')).toEqual({ outcome: 'no-such-user' });
    expect(await directory().authenticate('twin', 'pw-twin')).toEqual({ outcome: 'ambiguous-user' });
    const refused = directory({ searchPassword: 'wrong' }).authenticate('alice', 'pw-alice');
    await expect(refused).rejects.toMatchObject({ name: 'LdapError', kind: 'service-account-refused' });
    expect((await signIn({ searchDn: '', searchPassword: '' })).username).toBe('alice');
  });

  it('never signs in with an empty password, one with a NUL byte or an endless one', async () => {
    for (const password of ['', '\0', 'pw-alice\0', `pw-alice\0x`, 'p'.repeat(1_000_000)])
      expect(await directory().authenticate('alice', password)).toEqual({ outcome: 'wrong-password' });
    expect(await directory().authenticate('alice', 'p'.repeat(4_096))).toEqual({ outcome: 'wrong-password' });
  });

  it('finds nobody by names that would be filters or distinguished names', async () => {
    const names = [
      ...[
        '*',
        'a*',
        '*e',
        'al*ce',
        '(',
        ')',
        '()',
        '\\',
        '\\2a',
        'alice\\00',
        'alice\0',
        '\0',
        '&',
        '|',
        '!',
        '=',
        'alice)',
      ],
      ...[
        '*)(uid=*',
        'alice)(|(uid=*',
        'alice)(&)',
        '*)(&',
        '*))%00',
        'x)(|(objectClass=*)',
        '*)(objectClass=*))(&(uid=x',
      ],
      ...[
        'admin)(!(&(1=0',
        'alice)(cn=*',
        '(uid=alice)',
        '(|(uid=alice)(uid=bob))',
        "*()|&'",
        '*)(userPassword=pw*',
        'al\\69ce',
      ],
      ...[
        ALICE,
        'alice,ou=people',
        'uid=alice',
        'alice+cn=x',
        '#616c696365',
        '"alice"',
        'alice;',
        '<alice>',
        ' alice',
        'alice ',
      ],
      ...[
        'alice\n',
        'alice\r\n',
        '\talice',
        'a'.repeat(255),
        'a'.repeat(1_000_000),
        '',
        ' ',
        '\u202ealice',
        'alice\u200b',
        'uid=*',
      ],
    ];
    expect(names.length).toBeGreaterThanOrEqual(40);
    const one = directory();
    for (const name of names)
      expect([name, await one.authenticate(name, 'pw-alice')]).toEqual([name, { outcome: 'no-such-user' }]);
  });

  it('finds groups of groups, and comes to an end in a cycle', async () => {
    const names = (groups: readonly { readonly name: string }[]) => groups.map(({ name }) => name).sort();
    const walked = await signIn({ nestedGroups: 'walk', groupAttachParallel: true });
    expect(names(walked.groups)).toEqual(['admins', 'developers', 'ring', 'staff']);
    expect(walked.isAdministrator).toBe(true);
    const shallow = await signIn({ nestedGroups: 'walk', nestedGroupDepth: 1 });
    expect(names(shallow.groups)).toEqual(['developers', 'staff']);
    const search = {
      groupMembershipAttribute: '',
      groupMemberAttributes: ['member', 'uniqueMember', 'memberUid'],
    } as const;
    expect(names((await signIn(search)).groups)).toEqual(['developers', 'unix']);
    const searched = await signIn({ ...search, nestedGroups: 'walk' });
    expect(names(searched.groups)).toEqual(['admins', 'developers', 'ring', 'staff', 'unix']);
  });

  it('reads ten thousand groups of one person', async () => {
    const more = { groupBaseDn: 'ou=many,dc=example,dc=com', groupMemberAttributes: ['member'] } as const;
    expect((await signIn(more, 'carol')).groups).toHaveLength(MANY);
  });

  it('searches people and groups for an import, and answers a ping', async () => {
    const one = directory();
    expect((await one.searchUsers('ali')).map(({ username }) => username)).toEqual(['alice']);
    expect(await one.searchUsers('*')).toEqual([]);
    expect((await one.findUsers(['ALICE', 'bob', 'twin', '*', 'nobody'])).map(({ username }) => username)).toEqual([
      'alice',
      'Bob',
    ]);
    expect(await one.searchGroups({ name: 'devel' })).toEqual([{ dn: `cn=developers,${GROUPS}`, name: 'developers' }]);
    expect(await one.searchGroups({ dn: `CN=Developers,${GROUPS}` })).toHaveLength(1);
    expect(await one.searchGroups({ dn: ALICE })).toEqual([]);
    expect(await one.ping()).toEqual({ success: true, message: '' });
    expect(await directory({ baseDn: 'dc=nowhere' }).ping()).toMatchObject({ success: false });
    expect(await directory({ searchPassword: 'wrong' }).ping()).toMatchObject({ success: false });
  });

  it('speaks StartTLS and LDAPS with the certificate that it expects, and with no other', async () => {
    const { authority, tlsUrl } = slapd;
    for (const tls of [{ startTls: true }, { url: tlsUrl }]) {
      expect((await signIn({ ...tls, certificateAuthorities: authority })).username).toBe('alice');
      expect((await signIn({ ...tls, verifyCert: false })).username).toBe('alice');
      await expect(directory(tls).authenticate('alice', 'pw-alice')).rejects.toMatchObject({ kind: 'insecure' });
      const times = { notBefore: new Date(0), notAfter: new Date('2100-01-01') };
      const { certPem } = createSelfSignedCertificate({ name: 'localhost', ...times });
      const other = directory({ ...tls, certificateAuthorities: certPem }).ping();
      expect(await other).toMatchObject({ success: false });
    }
    const byAddress = { url: tlsUrl.replace('localhost', '127.0.0.1'), certificateAuthorities: authority };
    await expect(directory(byAddress).authenticate('alice', 'pw-alice')).rejects.toMatchObject({ kind: 'insecure' });
  });

  it('says nothing to a server that refuses StartTLS, or goes on in the clear', async () => {
    const agreed = Buffer.from('300c02010178070a010004000400', 'hex');
    const refused = Buffer.from('300c02010178070a010204000400', 'hex');
    const injected = Buffer.concat([agreed, Buffer.from('3030020102612b0a0100040004', 'hex')]);
    for (const answer of [refused, injected]) {
      const { url, received } = await serve((socket) => socket.write(answer));
      await expect(directory({ url, startTls: true }).authenticate('alice', 'pw-alice')).rejects.toMatchObject({
        kind: 'insecure',
      });
      expect(Buffer.concat(received)).toHaveLength(31);
    }
  });

  it('gives a server up that hangs, closes, talks no LDAP, or floods', async () => {
    const flood = Buffer.concat(Array.from({ length: 6_000 }, () => Buffer.from('3009020102640404003000', 'hex')));
    const answers: ((socket: Socket) => void)[] = [
      () => undefined,
      (socket) => socket.destroy(),
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'),
      (socket) => socket.write(Buffer.from('3084ffffffff', 'hex')),
      (socket) => socket.write(flood),
    ];
    for (const answer of answers) {
      const { url } = await serve(answer);
      const asked = directory({ url, timeoutSeconds: 1 }).authenticate('alice', 'pw-alice');
      await expect(asked).rejects.toMatchObject({ kind: 'unavailable' });
    }
  });

  it('connects to no address that the operator has not allowed', async () => {
    const strict = new LdapDirectory(settings(), createEgressGuard({ allow: [] }));
    await expect(strict.authenticate('alice', 'pw-alice')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('the settings of a directory', () => {
  const good = { url: 'ldaps://ldap.example.com', baseDn: 'dc=example,dc=com' };

  it('are refused with a sentence for each fault', async () => {
    expect(await checkLdapSettings(good)).toEqual({ faults: [], risks: [] });
    const bad: readonly Partial<LdapSettings>[] = [
      ...[
        { url: 'http://a' },
        { url: 'ldap://u:p@a' },
        { url: 'ldap://a/dc=b' },
        { startTls: true },
        { baseDn: '' },
        { baseDn: 'nonsense' },
      ],
      ...[
        { filter: '(a=b' },
        { filter: '(a=b))' },
        { filter: '(a=(b)' },
        { groupSearchFilter: '(&)' },
        { uid: 'a b' },
        { timeoutSeconds: 0 },
      ],
      ...[{ searchDn: 'cn=a' }, { certificateAuthorities: 'x' }, { nestedGroupDepth: 0 }, { groupAdminDn: 'cn=a\\' }],
    ];
    for (const more of bad)
      expect([more, (await checkLdapSettings({ ...good, ...more })).faults]).toEqual([more, [expect.any(String)]]);
    expect((await checkLdapSettings({ ...good, verifyCert: false })).risks).toHaveLength(1);
    expect((await checkLdapSettings({ ...good, url: 'ldap://a' })).risks).toHaveLength(1);
  });

  it('compare distinguished names and not their spellings', () => {
    expect(isSameDn('CN=Admins , OU=X,dc=example', 'cn=admins,ou=x,DC=Example')).toBe(true);
    expect(isSameDn('cn=a\\2cb,dc=x', 'CN=A\\,B,DC=x')).toBe(true);
    expect(isSameDn('cn=a\\,dc\\=x', 'cn=a,dc=x')).toBe(false);
    expect(isSameDn('cn=a+ou=b', 'OU=b+2.5.4.3=a')).toBe(true);
    expect(isWithinDn('cn=a,ou=b\\,dc=x', 'dc=x')).toBe(false);
    expect(isWithinDn('cn=a,dc=x', 'dc=x')).toBe(true);
    expect(normalizeDn('cn=a;dc=b')).toBeUndefined();
  });
});
