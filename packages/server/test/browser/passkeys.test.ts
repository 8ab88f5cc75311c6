import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../support/start-roadstead.ts';
import { openChromium, VirtualAuthenticator } from './open-chromium.ts';

const API = '/api/roadstead/v1';
const PASSWORD = 'Some-Password-1';

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('passkeys in Chromium', () => {
  let server: RunningRoadstead;
  let url: string;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let authenticator: VirtualAuthenticator;

  beforeAll(async () => {
    server = await startRoadstead();
    url = server.url.replace('127.0.0.1', 'localhost');
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    authenticator = await VirtualAuthenticator.add(context, page);
    // A page of the registry's own origin; its policy lets nothing connect, so another one is taken.
    await page.goto(`${url}/api/roadstead/v1/sign-in/passkeys`);
  });
  afterEach(() => context?.close());

  const createUser = async (username: string) => {
    const authorization = `Basic ${Buffer.from(`admin:${server.admin.password}`).toString('base64')}`;
    const made = await fetch(`${server.url}${API}/users`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: PASSWORD, mustChangePassword: false }),
    });
    expect(made.status).toBe(201);
  };
  /** What a page does: same-origin requests with the session's cookie and proof. */
  const call = (method: string, path: string, body?: unknown): Promise<Reply> =>
    page.evaluate(
      async ([verb, target, content]) => {
        const store = globalThis as unknown as { csrf?: string };
        const answer = await fetch(target, {
          method: verb,
          headers: { 'content-type': 'application/json', 'x-harbor-csrf-token': store.csrf ?? '' },
          ...(content !== undefined && { body: content }),
        });
        store.csrf = answer.headers.get('x-harbor-csrf-token') ?? store.csrf ?? '';
        const text = await answer.text();
        return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
      },
      [method, `${API}${path}`, body === undefined ? undefined : JSON.stringify(body)] as const,
    );
  /** What `navigator.credentials` makes of the server's options, as JSON; or the name of its error. */
  const ask = (kind: 'create' | 'get', options: unknown): Promise<object | string> =>
    page.evaluate(
      async ([what, text]) => {
        const { PublicKeyCredential: parser, navigator: device } = globalThis as unknown as {
          PublicKeyCredential: Record<string, (options: unknown) => unknown>;
          navigator: { credentials: Record<string, (options: object) => Promise<{ toJSON(): object }>> };
        };
        const parse = what === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
        try {
          const credential = await device.credentials[what]?.({ publicKey: parser[parse]?.(JSON.parse(text)) });
          return credential?.toJSON() ?? 'nothing';
        } catch (error) {
          return (error as Error).name;
        }
      },
      [kind, JSON.stringify(options)] as const,
    );
  const enrol = async (username: string) => {
    await createUser(username);
    expect((await call('POST', '/session', { username, password: PASSWORD })).status).toBe(200);
    const options = await call('POST', '/second-factor/passkeys/options');
    expect(options.status, JSON.stringify(options.body)).toBe(200);
    const credential = await ask('create', options.body);
    const added = await call('POST', '/second-factor/passkeys', { name: 'virtual', credential });
    expect(added.status, JSON.stringify([added.body, credential])).toBe(201);
    return added.body as { readonly id: number; readonly recoveryCodes: readonly string[] };
  };
  const signIn = async () => {
    const options = await call('POST', '/session/passkey/options');
    const credential = await ask('get', options.body);
    return typeof credential === 'string' ? credential : call('POST', '/session/passkey', { credential });
  };
  const signOut = async () => expect((await call('DELETE', '/session')).status).toBe(204);

  it('are made, and sign in without a name and a password', async () => {
    const { recoveryCodes } = await enrol('ann');
    expect(recoveryCodes).toHaveLength(10);
    await signOut();
    expect(await signIn()).toMatchObject({ status: 200, body: { user: { name: 'ann' } } });
    expect((await call('GET', '/second-factor')).body).toMatchObject({
      passkeys: [{ name: 'virtual', host: 'localhost' }],
    });
    expect(await authenticator.signCount()).toBeGreaterThan(0);
  });

  it('are a second factor after a password', async () => {
    await enrol('bob');
    await signOut();
    const first = await call('POST', '/session', { username: 'bob', password: PASSWORD });
    expect(first.status).toBe(401);
    const [error] = first.body['errors'] as readonly { detail: { challenge: string; methods: readonly string[] } }[];
    const { challenge = '', methods } = error?.detail ?? {};
    expect(methods).toEqual(['passkey', 'recovery-code']);
    const options = await call('POST', '/session/second-factor/passkey-options', { challenge });
    const credential = await ask('get', options.body);
    expect((await call('POST', '/session/second-factor', { challenge, credential })).status).toBe(200);
  });

  it('are not made twice on one authenticator', async () => {
    await enrol('cyd');
    const again = await call('POST', '/second-factor/passkeys/options');
    expect(await ask('create', again.body)).toBe('InvalidStateError');
  });

  it('sign for nobody whom the authenticator does not recognise', async () => {
    await enrol('dan');
    await signOut();
    await authenticator.recognise(false);
    expect(await signIn()).toBe('NotAllowedError');
  });

  it('are refused when another copy of them has signed meanwhile', async () => {
    await enrol('eve');
    await signOut();
    for (let count = 0; count < 3; count += 1) expect(await signIn()).toMatchObject({ status: 200 });
    await authenticator.rewind(1);
    expect(await signIn()).toMatchObject({ status: 401 });
  });

  it('sign in no more once they are removed', async () => {
    const { id } = await enrol('fay');
    expect((await call('POST', `/second-factor/passkeys/${id}/remove`, {})).status).toBe(204);
    await signOut();
    expect(await signIn()).toMatchObject({ status: 401 });
  });

  it('are not for the page of another host: the browser refuses our options there', async () => {
    await enrol('gus');
    const options = await call('POST', '/session/passkey/options');
    await page.goto(`${server.url}/healthz`);
    expect(await ask('get', options.body)).toBe('SecurityError');
  });
});
