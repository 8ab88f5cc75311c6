import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECTORY, findReasonAgainstSlapd } from '../../support/start-slapd.ts';
import { ENGINES } from '../support/engines.ts';
import { readJson } from '../support/http-client.ts';
import { type DirectoryStage, dnOf, GROUPS, groupDn, JSON_TYPE, openDirectoryStage } from './directory-stage.ts';

const realNow = Date.now;
const reason = findReasonAgainstSlapd();

/** What is typed for a name, with the password that alice has. */
const NAMES: readonly string[] = [
  ...['', ' ', '*', 'a*', 'al*ce', '*lice', '(alice)', 'alice)', '(alice', 'alice)(', 'alice)(&', '&(alice)', '!(bob)'],
  ...[
    '*)(uid=*',
    'alice)(uid=*',
    'alice)(|(uid=*',
    'alice))(|(uid=*',
    'x)(|(uid=alice)',
    'x))(|(uid=alice',
    '|(uid=alice)',
  ],
  ...[
    '*)(objectClass=*',
    'alice)(userPassword=*',
    'alice)(userPassword=pw-*',
    'alice)(!(uid=x)',
    'uid=alice',
    '=alice',
  ],
  ...['\\2a', '\\61lice', 'alice\\00', 'alice\\', '\\alice', 'alice\\29\\28uid=\\2a', '%61lice', '&#97;lice'],
  ...[
    'uid=alice,ou=people,dc=example,dc=com',
    'alice,ou=people',
    'alice+cn=x',
    'alice;binary',
    'alice\\,ou=x',
    '#616c696365',
  ],
  ...['cn=admin,dc=example,dc=com', 'dn:uid=alice,ou=people,dc=example,dc=com', 'u:alice', 'EXAMPLE\\alice'],
  ...[
    ' alice',
    'alice ',
    '  alice',
    'alice  ',
    'alice\t',
    '\talice',
    'alice\n',
    'al ice',
    'alice\u00a0',
    'alice\u3000',
  ],
  ...[
    'alice\u0000',
    'alice\u0000x',
    '\u0000alice',
    'al\u200bice',
    'alice\u200d',
    'al\u00adice',
    '\u202ealice',
    '\ufeffalice',
  ],
  ...['\u0430lice', 'al\u0456ce', 'alıce', 'ALİCE', 'álice', 'alicé', 'a\u0301lice', '🙂', 'alice@example.com'],
  ...['a'.repeat(256), 'a'.repeat(4_000), '<alice>', '"alice"', "'alice'", 'alice--', "alice' or '1'='1", '$(alice)'],
];

/** What is typed for the password of alice. */
const PASSWORDS: readonly string[] = [
  ...[
    '',
    '\u0000',
    '\u0000\u0000',
    ' ',
    'pw-alice\u0000',
    'pw-alice\u0000x',
    '\u0000pw-alice',
    ' pw-alice',
    'pw-alice ',
  ],
  ...['PW-ALICE', 'ｐｗ-alice', 'pw-alice\u200b', 'pw-alic', 'pw-alicee', '*', 'pw-*', '{CLEARTEXT}pw-alice', 'pw-Bob'],
  ...[DIRECTORY.password, 'pw-alice:', ':pw-alice', 'x'.repeat(4_097), 'undefined', 'null'],
];

/** Names of who is here, and of the same name in the directory. */
const TAKEN: readonly (readonly [string, string])[] = [
  ...(['admin', 'ADMIN', 'Admin', 'ａdmin', 'admin ', 'ADMİN'] as const).map((name) => [name, 'pw-admin'] as const),
  ['robot$eve', 'pw-robot$eve'],
  ['ROBOT$eve', 'pw-robot$eve'],
  ['robot＄eve', 'pw-robot$eve'],
  ['local', 'pw-local'],
  ['LOCAL', 'pw-local'],
  ['ｌｏｃａｌ', 'pw-local'],
];

describe.runIf(reason === undefined).each(ENGINES)(
  'attacks on sign-in by LDAP on %s',
  { timeout: 120_000 },
  (engine) => {
    let stage: DirectoryStage;
    let later = 0;

    beforeAll(async () => {
      Date.now = () => realNow() + later;
      stage = await openDirectoryStage(engine, ['alice', 'Bob', 'mallory', 'admin', 'local', 'robot$eve']);
      await stage.addGroup('developers', dnOf('alice'));
      await stage.addGroup('x\\2Ccn\\3Ddevelopers', dnOf('mallory'));
      await stage.addGroup(`developers\\2C${GROUPS.replaceAll(',', '\\2C').replaceAll('=', '\\3D')}`, dnOf('mallory'));
      await stage.addGroup('b\\2Fcn\\3Ddevelopers', dnOf('mallory'));
      await stage.addProvider();
      await stage.registry.createUser('local');
      await stage.registry.admin.createProject('directory');
      for (const ldap_group_dn of [groupDn('developers'), `b/${groupDn('developers')}`]) {
        const body = JSON.stringify({ role_id: 3, member_group: { ldap_group_dn, group_type: 1 } });
        const added = await stage.registry.admin.post('/api/v2.0/projects/directory/members', body, JSON_TYPE);
        expect(added.status, added.text).toBe(201);
      }
      expect((await stage.token('alice')).status).toBe(200);
    }, 120_000);
    afterAll(async () => {
      Date.now = realNow;
      await stage?.close();
    });

    /** Names of who has an account. */
    const accounts = async () => (await stage.registry.store.rows('users')).map((row) => row['username']).sort();
    /** Each a minute later than the one before, so that it is the directory that answers and not the throttle, or what is remembered. */
    const attackAll = async (tries: readonly (readonly [string, string])[]) => {
      const others: unknown[] = [];
      for (const [name, password] of tries) {
        later += 61_000;
        const { status } = await stage.token(name, password);
        if (status !== 401) others.push([name, password, status]);
      }
      return others;
    };

    it(`none of ${NAMES.length} names is taken for another`, async () => {
      const before = await accounts();
      expect(await attackAll(NAMES.map((name) => [name, 'pw-alice'] as const))).toEqual([]);
      expect(await accounts()).toEqual(before);
    });

    it(`none of ${PASSWORDS.length} passwords is taken for the right one`, async () => {
      expect(await attackAll(PASSWORDS.map((password) => ['alice', password] as const))).toEqual([]);
    });

    it(`none of ${TAKEN.length} names of local accounts and robots is the directory's`, async () => {
      const before = await accounts();
      expect(await attackAll(TAKEN)).toEqual([]);
      expect(await accounts()).toEqual(before);
    });

    it('spellings of one name are one account', async () => {
      for (const name of ['alice', 'ALICE', 'ａｌｉｃｅ', 'aLiCe']) {
        const answer = await stage.basic(name, 'pw-alice').get('/api/v2.0/users/current');
        expect([name, readJson<{ username: string }>(answer).username]).toEqual([name, 'alice']);
      }
    });

    it('names of groups that look like others give nothing of theirs', async () => {
      const query = 'scope=repository%3Adirectory%2Fapp%3Apull';
      const grants = async (name: string) => {
        const answer = await stage.token(name, undefined, query);
        const [, claims = ''] = readJson<{ token: string }>(answer).token.split('.');
        const { access = [] } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as {
          access?: { actions: string[] }[];
        };
        return access.flatMap(({ actions }) => actions);
      };
      expect([await grants('alice'), await grants('mallory')]).toEqual([['pull'], []]);
      const groups = (await stage.registry.store.rows('user_groups')).filter((row) => row['kind'] === 'ldap');
      expect(groups.length).toBe(5);
    });

    it('other spellings of a name get no more guesses, not even of the right password', async () => {
      const spellings = ['Bob', 'bob', 'BOB', 'bOb', 'ｂｏｂ', 'Ｂｏｂ', 'BoB', 'boB'];
      const statuses: number[] = [];
      for (let guess = 0; guess < 40; guess += 1) {
        statuses.push((await stage.token(spellings[guess % spellings.length] ?? '', `guess-${guess}`)).status);
      }
      expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(11);
      expect(new Set(statuses)).toEqual(new Set([401, 429]));
      for (const name of spellings) expect((await stage.token(name, 'pw-Bob')).status).toBe(429);
    });
  },
);
