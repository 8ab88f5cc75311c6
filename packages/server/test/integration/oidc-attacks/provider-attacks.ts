import type { Attack } from './attack.ts';
import type { EvilAnswer, EvilProvider, Fields } from './evil-provider.ts';

/** A provider that says this of itself. */
const discovery = (name: string, write: (document: Fields, evil: EvilProvider) => EvilAnswer | Fields): Attack => ({
  name: `discovery: ${name}`,
  make: async (stage) => {
    stage.evil.discovery = (document) => write(document, stage.evil);
    const id = await stage.addProvider(stage.evil, { autoOnboard: true });
    try {
      const answer = await stage.login(new (await import('../support/sign-in-browser.ts')).SignInBrowser(), id);
      if (answer.status !== 302) return answer;
      return await stage.callback(await stage.begin({ id }));
    } finally {
      await stage.removeProvider(id);
    }
  },
});

/** Keys that are not those of the tokens. */
const keys = (name: string, answer: (evil: EvilProvider) => EvilAnswer): Attack => ({
  name: `keys: ${name}`,
  make: async (stage) => {
    stage.evil.jwks = answer(stage.evil);
    // Another provider has keys of its own that are not known yet.
    const id = await stage.addProvider(stage.evil, { autoOnboard: true });
    const answered = await stage.callback(await stage.begin({ id }));
    await stage.removeProvider(id);
    return answered;
  },
});

const userinfo = (name: string, answer: EvilAnswer): Attack => ({
  name: `UserInfo: ${name}`,
  make: async (stage) => {
    const under = await stage.begin();
    stage.claim({ groups: undefined });
    stage.evil.userinfo = answer;
    return stage.callback(under);
  },
});

/** What a provider says of itself, of its keys, and of people. */
export const PROVIDER_ATTACKS: readonly Attack[] = [
  discovery('another issuer', (document, { issuer }) => ({ ...document, issuer: `${issuer}/other` })),
  discovery('a slash at the end of the issuer', (document, { issuer }) => ({ ...document, issuer: `${issuer}/` })),
  discovery('no issuer', (document) => ({ ...document, issuer: undefined })),
  discovery('a redirect', (_, { issuer }) => ({ status: 302, body: '', headers: { location: `${issuer}/jwks` } })),
  discovery('a page', () => ({ body: '<html>', headers: { 'content-type': 'text/html' } })),
  discovery('an endless answer', () => ({ body: JSON.stringify({ issuer: 'x'.repeat(3 * 1024 * 1024) }) })),
  discovery('people are sent to a script', (document) => ({
    ...document,
    authorization_endpoint: 'javascript:alert(1)',
  })),
  discovery('people are sent to a file', (document) => ({ ...document, authorization_endpoint: 'file:///etc/passwd' })),
  discovery('nowhere to send people', (document) => ({ ...document, authorization_endpoint: undefined })),
  discovery('tokens at the metadata of a cloud', (document) => ({
    ...document,
    token_endpoint: 'http://169.254.169.254/',
  })),
  discovery('tokens in a private network', (document) => ({ ...document, token_endpoint: 'http://10.0.0.1/token' })),
  discovery('tokens in a file', (document) => ({ ...document, token_endpoint: 'file:///etc/passwd' })),
  discovery('keys in a private network', (document) => ({ ...document, jwks_uri: 'http://10.0.0.1/jwks' })),
  discovery('no keys', (document) => ({ ...document, jwks_uri: undefined })),
  keys('none', () => ({ body: { keys: [] } })),
  keys('no list', () => ({ body: {} })),
  keys('a failure', () => ({ status: 500, body: '' })),
  keys('a page', () => ({ body: '<html>', headers: { 'content-type': 'text/html' } })),
  keys('a secret one', () => ({ body: { keys: [{ kty: 'oct', kid: 'first', k: 'AAAA' }] } })),
  keys('for something else', ({ publicKey }) => ({ body: { keys: [{ ...publicKey, use: 'enc' }] } })),
  keys('too many', ({ publicKey }) => ({ body: { keys: Array(8_000).fill({ ...publicKey, kid: 'other' }) } })),
  userinfo('another subject', { body: { sub: 'administrator', groups: ['admins'] } }),
  userinfo('no subject', { body: { groups: ['admins'] } }),
  userinfo('a list', { body: [] }),
  userinfo('no JSON', { body: 'groups' }),
  userinfo('a failure', { status: 401, body: {} }),
  userinfo('an endless answer', { body: JSON.stringify({ sub: 'person', groups: ['x'.repeat(3 * 1024 * 1024)] }) }),
];
