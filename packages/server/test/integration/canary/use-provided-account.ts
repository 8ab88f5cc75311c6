import { CLIENT_ID, CLIENT_SECRET, startOidcProvider } from '../../support/start-oidc-provider.ts';
import { SignInBrowser } from '../support/sign-in-browser.ts';
import type { Stage } from './stage.ts';

const OURS = '/api/roadstead/v1';
const NAME = 'provided';

/** An account of a real provider: its CLI secret, and the refresh token by which the provider is asked again. */
export async function useProvidedAccount(stage: Stage): Promise<void> {
  const callback = `${stage.url}/c/oidc/callback`;
  await using closing = new AsyncDisposableStack();
  const provider = await startOidcProvider([callback]);
  closing.defer(() => provider.close());
  const id = await addProvider(stage, provider.issuer);
  const browser = await signIn(stage, id);
  await useCliSecret(stage, browser);
  // Kept sealed; what is found in its column is looked for from then on.
  for (const token of provider.given.refreshTokens) stage.book.keep('refresh token of a login provider', token);
}

async function addProvider(stage: Stage, issuer: string): Promise<string> {
  const settings = { issuer, clientId: CLIENT_ID, scopes: ['openid', 'profile', 'offline_access'] };
  const json = { name: 'Provided', settings, clientSecret: CLIENT_SECRET };
  const made = await stage.expect(201, stage.admin, 'POST', `${OURS}/login-providers`, { json });
  return (JSON.parse(made.text) as { readonly id: string }).id;
}

async function signIn(stage: Stage, provider: string): Promise<SignInBrowser> {
  const browser = new SignInBrowser();
  const isBack = ({ pathname, origin }: URL) =>
    pathname === '/oidc-onboard' || (origin === stage.url && pathname === '/');
  const at = await browser.visit(`${stage.url}/c/oidc/login?provider=${provider}&redirect_url=/`);
  const asked = await browser.signInAt(at, NAME);
  await browser.consentAt(asked, isBack);
  const body = JSON.stringify({ username: NAME });
  const headers = { 'content-type': 'application/json' };
  const answer = await browser.ask(`${stage.url}/c/oidc/onboard`, { method: 'POST', body, headers });
  if (answer.status >= 400) throw new Error(`no account for ${NAME}: ${answer.status} ${answer.text}`);
  return browser;
}

async function useCliSecret(stage: Stage, browser: SignInBrowser): Promise<void> {
  const field = 'CLI secret';
  const { headers } = await browser.ask(`${stage.url}${OURS}/session`);
  const token = String(headers['x-harbor-csrf-token']);
  const client = stage.anonymous.with({ cookie: browser.cookiesFor(stage.url), 'X-Harbor-CSRF-Token': token });
  const made = await stage.expect(201, client, 'POST', `${OURS}/cli-secret`, { text: '' });
  const { secret } = JSON.parse(made.text) as { readonly secret: string };
  stage.answers.gives(made, field, secret);
  for (const path of ['/v2/', '/api/v2.0/users/current', '/service/token?service=harbor-registry']) {
    await stage.expect(200, stage.clientOf(NAME, secret), 'GET', path);
    await stage.expect(401, stage.clientOf(NAME, `${secret}x`), 'GET', path);
  }
}
