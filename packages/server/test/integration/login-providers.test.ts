import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type RunningOidcProvider,
  startOidcProvider,
} from '../support/start-oidc-provider.ts';
import { ENGINES } from './support/engines.ts';
import { type Answer, readJson } from './support/http-client.ts';
import { type OpenRegistry, openRegistry } from './support/open-registry.ts';

const PROVIDERS = '/api/roadstead/v1/login-providers';
const JSON_TYPE = { 'Content-Type': 'application/json' };

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly position: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

describe.each(ENGINES)('login providers on %s', (engine) => {
  let registry: OpenRegistry;
  let first: RunningOidcProvider;
  let second: RunningOidcProvider;

  beforeAll(async () => {
    registry = await openRegistry({ engine, env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' } });
    const redirectUris = [`${registry.url}/c/oidc/callback`];
    first = await startOidcProvider(redirectUris);
    second = await startOidcProvider(redirectUris);
  });
  afterAll(async () => {
    await registry?.close();
    await first?.close();
    await second?.close();
  });

  const post = (body: unknown) => registry.admin.post(PROVIDERS, JSON.stringify(body), JSON_TYPE);
  const put = (id: string, body: unknown) => registry.admin.put(`${PROVIDERS}/${id}`, JSON.stringify(body), JSON_TYPE);
  const settingsOf = (issuer: string, more: object = {}) => ({ issuer, clientId: CLIENT_ID, ...more });
  const list = async () => readJson<Shown[]>(await registry.admin.get(PROVIDERS));
  const clear = async () => {
    for (const { id } of await list()) await registry.admin.delete(`${PROVIDERS}/${id}`);
  };
  const made = (answer: Answer): Shown => {
    expect(answer.status, answer.text).toBe(201);
    return readJson<Shown>(answer);
  };
  const secretOf = async (id: string) => {
    const rows = await registry.store.rows('login_providers');
    return rows.find((row) => row['id'] === id)?.['secret'] as Buffer | null;
  };

  it('stand side by side in their order, and show a sign-in page their names alone', async () => {
    const one = made(await post({ name: 'Work', settings: settingsOf(first.issuer), clientSecret: CLIENT_SECRET }));
    const two = made(await post({ name: 'Partners', settings: settingsOf(second.issuer), position: 0 }));
    expect((await list()).map(({ id }) => id)).toEqual([two.id, one.id]);
    const shown = await registry.anonymous.get('/api/roadstead/v1/sign-in/providers');
    expect(readJson(shown)).toEqual([
      { id: two.id, name: 'Partners', kind: 'oidc' },
      { id: one.id, name: 'Work', kind: 'oidc' },
    ]);
    await clear();
  });

  it('are asked for what they say of themselves, each as its own issuer', async () => {
    for (const { issuer } of [first, second]) {
      const { id } = made(await post({ name: issuer, settings: settingsOf(issuer), clientSecret: CLIENT_SECRET }));
      const answer = await registry.admin.post(`${PROVIDERS}/${id}/ping`);
      expect(answer.status, answer.text).toBe(200);
      expect(readJson(answer)).toMatchObject({ issuer, tokenEndpoint: `${issuer}/token`, namesItself: true });
    }
    await clear();
  });

  it('are not taken for another issuer than the configured one', async () => {
    const other = first.issuer.replace('127.0.0.1', 'localhost');
    const wrong = made(await post({ name: 'Wrong', settings: settingsOf(other) }));
    const nobody = made(await post({ name: 'Nobody', settings: settingsOf('http://127.0.0.1:9') }));
    for (const { id } of [wrong, nobody]) {
      const answer = await registry.admin.post(`${PROVIDERS}/${id}/ping`);
      expect(answer.status).toBe(503);
      expect(answer.text).toContain('check that');
    }
    await clear();
  });

  it('never show their secret, which rests sealed and is bound to the issuer', async () => {
    const wanted = { name: 'Work', settings: settingsOf(first.issuer) };
    const { id, settings } = made(await post({ ...wanted, clientSecret: CLIENT_SECRET }));
    expect(settings['hasClientSecret']).toBe(true);
    const sealed = await secretOf(id);
    expect(sealed?.includes(CLIENT_SECRET)).toBe(false);
    const same = await put(id, { ...wanted, name: 'At work' });
    expect(same.text).not.toContain(CLIENT_SECRET);
    expect(await secretOf(id)).toEqual(sealed);
    const moved = await put(id, { ...wanted, settings: settingsOf(second.issuer) });
    expect(readJson<Shown>(moved).settings['hasClientSecret']).toBe(false);
    expect(await secretOf(id)).toBeNull();
    await clear();
  });

  it('have names and prefixes of groups of their own', async () => {
    const settings = settingsOf(first.issuer, { groupsClaim: 'groups' });
    made(await post({ name: 'Work', settings }));
    expect((await post({ name: 'Work', settings: settingsOf(second.issuer) })).status).toBe(409);
    expect((await post({ name: 'Partners', settings: { ...settings, issuer: second.issuer } })).status).toBe(409);
    const prefixed = { ...settings, issuer: second.issuer, groupPrefix: 'partners/' };
    made(await post({ name: 'Partners', settings: prefixed }));
    await clear();
  });

  it.each([
    ['plain http elsewhere', { issuer: 'http://id.example' }],
    ['credentials in the address', { issuer: 'https://u:p@id.example' }],
    ['a query', { issuer: 'https://id.example/?a=b' }],
    ['no openid among the scopes', { scopes: ['email'] }],
    ['text for a switch', { autoOnboard: 'false' }],
    ['a filter without a claim', { groupFilter: '^dev$' }],
    ['a filter that is none', { groupsClaim: 'groups', groupFilter: '(' }],
    ['a filter that RE2 does not know', { groupsClaim: 'groups', groupFilter: '(a)\\1' }],
    ['a field that there is not', { verifyCert: false }],
  ])('refuse %s', async (_, more) => {
    const answer = await post({ name: 'Work', settings: settingsOf('https://id.example', more) });
    expect(answer.status, answer.text).toBe(422);
  });

  it('go with the accounts that were made by them only when that is said', async () => {
    const { id } = made(await post({ name: 'Work', settings: settingsOf(first.issuer) }));
    for (const [name, isOrigin] of [
      ['made-by-it', 1],
      ['added-it', 0],
    ] as const) {
      await registry.createUser(name);
      await link(id, name, isOrigin);
    }
    const asked = await registry.admin.delete(`${PROVIDERS}/${id}`);
    expect([asked.status, asked.text]).toEqual([412, expect.stringContaining('1 accounts were made')]);
    expect((await registry.admin.delete(`${PROVIDERS}/${id}?deleteUsers=true`)).status).toBe(204);
    const names = (await registry.store.rows('users')).map(({ username }) => username);
    expect(names).toContain('added-it');
    expect(names).not.toContain('made-by-it');
    expect(await registry.store.rows('external_identities')).toEqual([]);
  });

  it('leave the accounts behind when that is said, signed out', async () => {
    const { id } = made(await post({ name: 'Work', settings: settingsOf(first.issuer) }));
    await registry.createUser('stays');
    await link(id, 'stays', 1);
    const epochOf = async () => (await registry.store.rows('users')).find((row) => row['username'] === 'stays');
    const before = Number((await epochOf())?.['token_epoch']);
    expect((await registry.admin.delete(`${PROVIDERS}/${id}?deleteUsers=false`)).status).toBe(204);
    expect(Number((await epochOf())?.['token_epoch'])).toBe(before + 1);
  });

  async function link(providerId: string, username: string, isOrigin: 0 | 1): Promise<void> {
    const user = (await registry.store.rows('users')).find((row) => row['username'] === username);
    const identity = {
      provider_id: providerId,
      issuer: first.issuer,
      subject: username,
      user_id: Number(user?.['id']),
      is_origin: isOrigin,
      created_at: 1,
    };
    await registry.store.database.write((tx) => tx.insertInto('external_identities').values(identity).execute());
  }
});
