import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type RunningOidcProvider,
  startOidcProvider,
} from '../support/start-oidc-provider.ts';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { openChromium } from './open-chromium.ts';

/** Where pictures of the pages go; without it none are taken. */
const PICTURES = process.env['ROADSTEAD_TEST_PICTURES'];
const OURS = '/api/roadstead/v1';
const SESSION = `${OURS}/session`;

/** Two providers at once. The registry is another site than they are, as in life: cookies must come back from there. */
describe('sign-in at OpenID Connect providers in Chromium', () => {
  let server: RunningRoadstead;
  let browser: Browser;
  let origin: string;
  const providers: RunningOidcProvider[] = [];
  const ids: string[] = [];

  beforeAll(async () => {
    server = await startRoadstead({ env: { ROADSTEAD_EGRESS_ALLOW: '127.0.0.1/32' } });
    origin = server.url.replace('127.0.0.1', 'localhost');
    browser = await openChromium();
    for (const name of ['Work', 'Partners']) {
      const provider = await startOidcProvider([`${origin}/c/oidc/callback`]);
      providers.push(provider);
      const settings = { issuer: provider.issuer, clientId: CLIENT_ID, groupsClaim: 'groups', groupPrefix: `${name}/` };
      ids.push(await addProvider({ name, settings: { ...settings, autoOnboard: name === 'Work' } }));
    }
    providers[0]?.people.set('carol', { preferred_username: 'carol', groups: ['dev'] });
  });
  afterAll(async () => {
    await browser?.close();
    for (const provider of providers) await provider.close();
    await server?.stop();
  });

  async function addProvider(provider: object): Promise<string> {
    const { username, password } = server.admin;
    const answer = await fetch(`${server.url}${OURS}/login-providers`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
      body: JSON.stringify({ kind: 'oidc', clientSecret: CLIENT_SECRET, ...provider }),
    });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { readonly id: string }).id;
  }
  const signIn = async (page: Page, provider: string | undefined, login: string) => {
    await page.goto(`${origin}/c/oidc/login?provider=${provider}&redirect_url=${SESSION}`);
    await page.locator('[name=login]').fill(login);
    await page.locator('[name=password]').fill('whatever');
    await page.locator('[type=submit]').click();
    await page.waitForURL((url) => url.origin === origin);
  };
  const take = async (page: Page, name: string) => {
    if (PICTURES === undefined) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  };
  const whoIn = async (context: BrowserContext) => (await context.request.get(`${origin}${SESSION}`)).text();

  it('leads there and back, and opens a session', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const seen: string[] = [];
    page.on('request', (request) => seen.push(request.url()));
    await signIn(page, ids[0], 'carol');
    expect(page.url()).toBe(`${origin}${SESSION}`);
    expect(await page.locator('body').innerText()).toContain('"carol"');
    const begun = new URL(seen.find((url) => url.includes('code_challenge')) ?? '');
    expect(begun.searchParams.get('code_challenge_method')).toBe('S256');
    const cookies = await context.cookies(origin);
    expect(cookies.length).toBeGreaterThan(0);
    for (const { httpOnly, sameSite } of cookies) expect([httpOnly, sameSite]).toEqual([true, 'Lax']);
    await context.close();
  });

  it('keeps two providers apart that are used side by side, and lets people choose a name at one', async () => {
    const [first, second] = [await browser.newContext(), await browser.newContext()];
    const [left, right] = [await first.newPage(), await second.newPage()];
    await Promise.all([signIn(left, ids[0], 'carol'), signIn(right, ids[1], 'carol')]);
    expect(await whoIn(first)).toContain('"carol"');
    expect(right.url()).toContain('/oidc-onboard');
    await right.getByLabel('User name').fill('Carol');
    await right.getByRole('button').click();
    expect(await right.getByRole('alert').textContent()).toContain('belongs to another account');
    await take(right, 'onboard');
    await right.getByLabel('User name').fill('carol-of-partners');
    await right.getByRole('button').click();
    await right.waitForURL(`${origin}${SESSION}`);
    expect(await whoIn(second)).toContain('"carol-of-partners"');
    await first.close();
    await second.close();
  });

  it('lets in a program that has no browser, by way of the provider', async () => {
    const post = async (target: string, fields: Record<string, string>) => {
      const body = new URLSearchParams({ client_id: 'test', ...fields });
      return (await fetch(`${origin}${target}`, { method: 'POST', body })).json() as Promise<Record<string, string>>;
    };
    const begun = await post('/device/authorize', { client_name: 'laptop' });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(begun['verification_uri_complete'] ?? '');
    expect(await page.getByRole('link').allTextContents()).toEqual(['Sign in with Work', 'Sign in with Partners']);
    await take(page, 'device-providers');
    await page.getByRole('link', { name: 'Work' }).click();
    await page.locator('[name=login]').fill('carol');
    await page.locator('[name=password]').fill('whatever');
    await page.locator('[type=submit]').click();
    await page.waitForURL((url) => url.pathname === '/device');
    expect(await page.locator('main').innerText()).toContain(begun['user_code'] ?? '?');
    await page.getByRole('button', { name: 'Let it in' }).click();
    expect(await page.getByRole('heading').textContent()).toBe('It is let in');
    const grant = 'urn:ietf:params:oauth:grant-type:device_code';
    const granted = await post('/device/token', { grant_type: grant, device_code: begun['device_code'] ?? '' });
    expect(granted).toMatchObject({ username: 'carol', token_type: 'Bearer' });
    await context.close();
  });

  it('is of the browser that has begun it: what one brings back is nothing to another', async () => {
    const [victim, other] = [await browser.newContext(), await browser.newContext()];
    const page = await victim.newPage();
    let callback = '';
    // Where the provider sends the browser back to, which does not go there.
    await page.route(/\/interaction\//, async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      const posted = await route.fetch({ maxRedirects: 0 });
      const resumed = await victim.request.get(posted.headers()['location'] ?? '', { maxRedirects: 0 });
      callback = resumed.headers()['location'] ?? '';
      return route.abort();
    });
    await page.goto(`${origin}/c/oidc/login?provider=${ids[0]}&redirect_url=${SESSION}`);
    await page.locator('[name=login]').fill('carol');
    await page.locator('[name=password]').fill('whatever');
    await page.locator('[type=submit]').click();
    await expect.poll(() => callback).toContain('code=');
    const thief = await other.newPage();
    const answer = await thief.goto(callback);
    expect(answer?.status()).toBe(400);
    expect(await whoIn(other)).not.toContain('carol');
    await victim.close();
    await other.close();
  });
});
