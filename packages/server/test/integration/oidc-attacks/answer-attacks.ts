import { SignInBrowser } from '../support/sign-in-browser.ts';
import type { Attack } from './attack.ts';
import type { AttackStage } from './attack-stage.ts';

type Query = (query: { readonly code: string; readonly state: string }) => string;

/** A callback of the right browser with another query. */
const query = (name: string, write: Query): Attack => ({
  name,
  make: async (stage) => {
    const { browser, state } = await stage.begin();
    return stage.ask(browser, `/c/oidc/callback?${write({ code: 'code', state })}`);
  },
});

/** What a browser comes back with: state, code, and the browser itself. */
export const ANSWER_ATTACKS: readonly Attack[] = [
  query('no state', ({ code }) => `code=${code}`),
  query('an empty state', ({ code }) => `code=${code}&state=`),
  query('the state twice', ({ code, state }) => `code=${code}&state=${state}&state=${state}`),
  query('an unknown state first', ({ code, state }) => `code=${code}&state=unknown&state=${state}`),
  query('an unknown state', ({ code }) => `code=${code}&state=${'A'.repeat(43)}`),
  query('a state with more behind it', ({ code, state }) => `code=${code}&state=${state}%00`),
  query('a state in upper case', ({ code, state }) => `code=${code}&state=${state.toUpperCase()}`),
  query('a huge state', ({ code }) => `code=${code}&state=${'A'.repeat(8_000)}`),
  query('no code', ({ state }) => `state=${state}`),
  query('an empty query', () => ''),
  query('the code twice', ({ state }) => `code=a&code=b&state=${state}`),
  query('a refusal of the provider', ({ state }) => `error=access_denied&state=${state}`),
  query('a refusal beside a code', ({ code, state }) => `code=${code}&error=access_denied&state=${state}`),
  query('tokens in the query', ({ state }) => `id_token=e30.e30.e30&access_token=a&state=${state}`),
  query('an answer as a JWT', ({ code, state }) => `response=e30.e30.e30&code=${code}&state=${state}`),
  query('another issuer in the answer', ({ code, state }) => `code=${code}&state=${state}&iss=https://evil.example`),
  query('an empty issuer in the answer', ({ code, state }) => `code=${code}&state=${state}&iss=`),
  {
    name: 'a state that was used before',
    make: async (stage) => {
      const under = await stage.begin();
      await stage.callback(under, { error: 'access_denied' });
      return stage.callback(under);
    },
  },
  {
    name: 'the whole answer once more, with the cookie of before',
    make: async (stage) => {
      const under = await stage.begin();
      const cookie = under.browser.cookieOf(stage.registry.url, 'sign-in');
      await stage.callback(under);
      under.browser.setCookie(stage.registry.url, 'sign-in', cookie);
      under.browser.setCookie(stage.registry.url, 'sid', undefined);
      return stage.callback(under);
    },
  },
  {
    name: 'a state of another browser, which has begun nothing',
    make: async (stage) => stage.callback({ ...(await stage.begin()), browser: new SignInBrowser() }),
  },
  {
    name: 'a state of another browser, which has begun one of its own',
    make: async (stage) => {
      const attacker = await stage.begin();
      const victim = await stage.begin();
      return stage.callback({ ...attacker, browser: victim.browser });
    },
  },
  cookie('a browser that has lost its cookie', () => undefined),
  cookie('an empty cookie', () => ''),
  cookie('another cookie', () => 'B'.repeat(43)),
  cookie('two cookies', (value) => `${value}; sign-in=${'B'.repeat(43)}`),
  cookie('the hash in the place of the cookie', () => '0'.repeat(64)),
  {
    name: 'the answer of another provider (mix-up), which names itself',
    make: (stage) => mixUp(stage, { iss: stage.other.issuer }),
  },
  {
    name: 'the answer of another provider (mix-up), which does not, with its token',
    make: async (stage) => {
      const under = await stage.begin();
      // The browser comes from the other provider, whose tokens the evil one has got somehow.
      stage.other.nonce = under.nonce;
      stage.evil.giveToken(await stage.other.sign(stage.other.claims()));
      return stage.callback(under);
    },
  },
  {
    name: 'an answer without issuer of a provider that promises to name itself',
    make: async (stage) => {
      stage.evil.discovery = (document) => ({ ...document, authorization_response_iss_parameter_supported: true });
      const id = await stage.addProvider(stage.evil, { autoOnboard: true });
      const answer = await stage.callback(await stage.begin({ id }));
      await stage.removeProvider(id);
      return answer;
    },
  },
];

function cookie(name: string, change: (value: string) => string | undefined): Attack {
  return {
    name,
    make: async (stage) => {
      const under = await stage.begin();
      const { url } = stage.registry;
      under.browser.setCookie(url, 'sign-in', change(under.browser.cookieOf(url, 'sign-in') ?? ''));
      return stage.callback(under);
    },
  };
}

async function mixUp(stage: AttackStage, query: Readonly<Record<string, string>>) {
  const under = await stage.begin();
  return stage.callback(under, query);
}
