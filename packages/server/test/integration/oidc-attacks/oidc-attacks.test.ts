import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readLocalPath } from '../../../src/identity/oidc/local-path.ts';
import { type OpenRegistry, openRegistry } from '../support/open-registry.ts';
import { SignInBrowser } from '../support/sign-in-browser.ts';
import { ANSWER_ATTACKS } from './answer-attacks.ts';
import type { Attack } from './attack.ts';
import { AttackStage, opensSession } from './attack-stage.ts';
import { challengeOf, EvilProvider } from './evil-provider.ts';
import { DEFECTS, type Defect } from './planted-defects.ts';
import { PROVIDER_ATTACKS } from './provider-attacks.ts';
import { HOSTILE_REDIRECTS, LOCAL_PATHS } from './redirect-corpus.ts';
import { TOKEN_ATTACKS } from './token-attacks.ts';

const ATTACKS: readonly Attack[] = [...ANSWER_ATTACKS, ...TOKEN_ATTACKS, ...PROVIDER_ATTACKS];

const planted = vi.hoisted(() => ({ defect: undefined as Defect | undefined }));

// Without a defect it is the library as it is.
vi.mock('openid-client', async (importOriginal) => {
  const real = await importOriginal<typeof import('openid-client')>();
  return { ...real, ...wrap(real) };
});

function wrap(real: typeof import('openid-client')): Partial<typeof import('openid-client')> {
  return {
    discovery: (...args) => (planted.defect?.discovery ?? ((lib, ...rest) => lib.discovery(...rest)))(real, ...args),
    authorizationCodeGrant: (...args) =>
      (planted.defect?.grant ?? ((lib, ...rest) => lib.authorizationCodeGrant(...rest)))(real, ...args),
    fetchUserInfo: (...args) =>
      (planted.defect?.userinfo ?? ((lib, ...rest) => lib.fetchUserInfo(...rest)))(real, ...args),
  };
}

describe('an evil login provider', () => {
  let registry: OpenRegistry;
  let stage: AttackStage;
  let evil: EvilProvider;
  let other: EvilProvider;

  beforeAll(async () => {
    const env = { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32', ROADSTEAD_TRUSTED_PROXIES: '127.0.0.1/32' };
    registry = await openRegistry({ env });
    evil = new EvilProvider();
    other = new EvilProvider();
    await evil.open();
    await other.open();
    stage = new AttackStage(registry, evil, other);
    await stage.open();
  });
  afterAll(async () => {
    await registry?.close();
    await evil?.close();
    await other?.close();
  });
  afterEach(() => {
    evil.reset();
    other.reset();
    planted.defect = undefined;
  });

  it('signs somebody in when it does what is right, and gets a verifier of its challenge', async () => {
    const under = await stage.begin();
    const answer = await stage.callback(under);
    expect([answer.status, opensSession(answer)], answer.text).toEqual([302, true]);
    const [{ form, authorization } = {}] = evil.requests;
    expect(challengeOf(form?.get('code_verifier') ?? '')).toBe(under.challenge);
    expect(form?.get('redirect_uri')).toBe(`${registry.url}/c/oidc/callback`);
    expect([form?.has('client_secret') || authorization !== undefined, form?.has('nonce')]).toEqual([true, false]);
  });

  it.each(ATTACKS)('opens no session: $name', async ({ make }) => {
    const before = await stage.users();
    const answer = await make(stage);
    expect([opensSession(answer), await stage.users()], answer.text).toEqual([false, before]);
    expect([400, 401, 431, 503], answer.text).toContain(answer.status);
    expect(answer.text).not.toMatch(/nonce|expected|OAUTH|jwks|169\.254|node_modules/);
  });

  it('is attacked in as many ways as was said, none of them twice', () => {
    const names = ATTACKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(60);
  });

  it('cannot make it do without S256, whatever it says that it knows', async () => {
    for (const methods of [undefined, [], ['plain']]) {
      evil.discovery = (document) => ({ ...document, code_challenge_methods_supported: methods });
      const id = await stage.addProvider(evil, { autoOnboard: true });
      const answer = await stage.login(new SignInBrowser(), id);
      const { searchParams } = new URL(String(answer.headers.location));
      expect(searchParams.get('code_challenge_method')).toBe('S256');
      expect(searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
      await stage.removeProvider(id);
    }
  });

  it.each(HOSTILE_REDIRECTS)('cannot be used to send people to %j', async (target) => {
    const path = `/c/oidc/login?provider=${stage.evilId}&redirect_url=${encodeURIComponent(target)}`;
    const answer = await stage.ask(new SignInBrowser(), path);
    expect([answer.status, answer.headers.location], target).toEqual([400, undefined]);
  });

  it('sends people to paths of this server', () => {
    for (const path of LOCAL_PATHS) expect(readLocalPath(path)).toBe(path);
  });

  it('gets no account of somebody else by an address, verified or not', async () => {
    await registry.createUser('victim');
    const set = { email: 'victim@example.com' };
    await registry.store.database.write((tx) =>
      tx.updateTable('users').set(set).where('username', '=', 'victim').execute(),
    );
    for (const [subject, isVerified] of [
      ['by-verified', true],
      ['by-unverified', false],
      ['by-text', 'true'],
    ] as const) {
      const under = await stage.begin();
      stage.claim({
        sub: subject,
        preferred_username: subject,
        email: 'Victim@example.com',
        email_verified: isVerified,
      });
      await stage.callback(under);
      const rows = await registry.store.rows('users');
      const made = rows.find((row) => row['username'] === subject);
      expect([made?.['email'], made === undefined], subject).toEqual([null, false]);
    }
  });

  it.each(['admin', 'ADMIN', 'robot$x', 'a/b', 'a:b', 'a\0b', '../x', 'a\u202eb', '', 'x'.repeat(300), '\ud800'])(
    'makes no account with the name %j',
    async (name) => {
      const before = await stage.users();
      const under = await stage.begin();
      stage.claim({ sub: `hostile ${before.length} ${name.length}`, preferred_username: name, name: '' });
      const answer = await stage.callback(under);
      expect([answer.status, opensSession(answer)], answer.text).toEqual([302, false]);
      expect(String(answer.headers.location)).toMatch(/^\/oidc-onboard\?username=[^\r\n]*&redirect_url=%2F$/);
      expect(await stage.users()).toEqual(before);
    },
  );

  it.each([
    ['a number', 7, []],
    ['an object', { dev: true }, []],
    ['null', null, []],
    ['a text', 'dev', ['dev']],
    ['lists in lists', [['dev'], 'ops'], ['ops']],
    ['objects', [{ name: 'dev' }, 'ops', null, true, 1], ['ops']],
    ['what cannot be kept', ['a\0b', '\ud800', ' ', 'x'.repeat(2_000), 'ops'], ['ops']],
    ['what belongs to the other provider', ['other/ops', 'other/', 'ops'], ['ops']],
  ])('gives groups that are %s no more than they are', async (what, groups, expected) => {
    const subject = what.replaceAll(' ', '-');
    const under = await stage.begin();
    stage.claim({ sub: subject, preferred_username: subject, groups });
    const answer = await stage.callback(under);
    expect(opensSession(answer), answer.text).toBe(true);
    expect(await stage.groupsOf(subject)).toEqual(expected);
  });

  it('gives at most a thousand groups, and nobody the rights of an administrator but by its very group', async () => {
    const groups = [...Array.from({ length: 20_000 }, (_, index) => `group-${index}`), 'admins'];
    const near = ['Admins', 'admins ', 'other/admins', 'admins/x'];
    for (const [subject, given] of [
      ['many', groups],
      ['near', near],
    ] as const) {
      const under = await stage.begin();
      stage.claim({ sub: subject, preferred_username: subject, groups: given });
      expect(opensSession(await stage.callback(under))).toBe(true);
      expect((await stage.groupsOf(subject)).length).toBeLessThanOrEqual(1_000);
      const row = (await registry.store.rows('users')).find(({ username }) => username === subject);
      expect(row?.['is_administrator']).toBe(0);
    }
  });

  describe.each(DEFECTS)('with a planted defect: $name', (defect) => {
    it('is seen', async () => {
      planted.defect = defect;
      const attack = ATTACKS.find(({ name }) => name === defect.seenBy);
      if (attack === undefined) throw new Error(`there is no attack ${defect.seenBy}`);
      await stage.renewEvil();
      const undo = defect.patch?.();
      try {
        expect(opensSession(await attack.make(stage))).toBe(true);
      } finally {
        undo?.();
        planted.defect = undefined;
        await stage.renewEvil();
      }
    });
  });
});
