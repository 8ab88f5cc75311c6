import { expectStatus } from '../case-runner.ts';
import type { CaseRun, FaultCase } from '../fault-class.ts';
import { nextNetwork } from '../next-network.ts';
import { basicAuthorization } from '../seeded-accounts.ts';
import { EMPTY_INDEX } from '../seeded-content.ts';
import { refuseGrant } from './ended-cases.ts';
import { bearer, expectNothing } from './expect-nothing.ts';
import { askForBase, askForPower, BASES } from './genuine-tokens.ts';

/** Where a token does not count, however genuine: addresses end up in logs, and other headers are nobody's business. */
const QUERY_NAMES = ['access_token', 'token', 'jwt', 'bearer', 'authorization', 'Authorization', 'id_token', 'auth'];
const HEADER_NAMES = [
  'X-Authorization',
  'X-Auth-Token',
  'X-Access-Token',
  'X-Registry-Auth',
  'X-Forwarded-Authorization',
  'X-Original-Authorization',
  'Proxy-Authorization',
  'Authentication',
  'Authorisation',
  'Token',
];
const COOKIE_NAMES = ['token', 'sid', '__Host-sid', 'access_token', 'Authorization', 'jwt', 'harbor-lang'];

/** Ways to write the header in which there is no token. */
const SPELLINGS: Readonly<Record<string, (token: string) => string>> = {
  'a tab behind Bearer': (token) => `Bearer\t${token}`,
  'a colon behind Bearer': (token) => `Bearer: ${token}`,
  'an equals sign behind Bearer': (token) => `Bearer=${token}`,
  'nothing behind Bearer': (token) => `Bearer${token}`,
  'no scheme': (token) => token,
  'the scheme Token': (token) => `Token ${token}`,
  'the scheme JWT': (token) => `JWT ${token}`,
  'the scheme OAuth': (token) => `OAuth ${token}`,
  'the scheme Basic': (token) => `Basic ${token}`,
  'the scheme twice': (token) => `Bearer Bearer ${token}`,
  'quotation marks': (token) => `Bearer "${token}"`,
  'angle brackets': (token) => `Bearer <${token}>`,
  'a parameter': (token) => `Bearer token="${token}"`,
  'the token and a word': (token) => `Bearer ${token} x`,
  'a word and the token': (token) => `Bearer x ${token}`,
  'the token, a comma and itself': (token) => `Bearer ${token},${token}`,
  'the token, a comma and Bearer x': (token) => `Bearer ${token}, Bearer x`,
  'Bearer x, a comma and the token': (token) => `Bearer x, Bearer ${token}`,
  'Cyrillic letters in Bearer': (token) => `B\xd0\xb5arer ${token}`,
  'a semicolon behind the token': (token) => `Bearer ${token};`,
  'an escaped dot': (token) => `Bearer ${token.replace('.', '%2E')}`,
};

const PASSWORD_HOLDERS = [
  'admin',
  'outsider',
  'owner',
  'robot$faults-scratch+carrier',
  'oauth2accesstoken',
  '<token>',
  '',
];

/** Good tokens where they do not count, and for what they do not name. */
export function createMisplacedTokenCases(): readonly FaultCase[] {
  return [...createPowerCases(), ...createScopeCases(), ...createDoubleHeaderCases()];
}

/** A genuine token that would open the private repository, everywhere but where it belongs. */
function createPowerCases(): readonly FaultCase[] {
  const powerCase = (name: string, attempt: (run: CaseRun, token: string) => Promise<unknown>): FaultCase => ({
    name: `a misplaced genuine token ${name}`,
    run: async (run) => {
      await attempt(run, await askForPower(run));
    },
  });
  return [
    ...QUERY_NAMES.flatMap((name) => [
      powerCase(`in the query as ${name}`, (run, token) => expectNothing(run, [], { query: `${name}=${token}` })),
      powerCase(`in the query as ${name}, after Bearer`, (run, token) =>
        expectNothing(run, [], { query: `${name}=Bearer%20${token}` }),
      ),
    ]),
    ...HEADER_NAMES.map((name) =>
      powerCase(`in the header ${name}`, (run, token) => expectNothing(run, [[name, `Bearer ${token}`]])),
    ),
    ...COOKIE_NAMES.map((name) =>
      powerCase(`in the cookie ${name}`, (run, token) => expectNothing(run, [['Cookie', `${name}=${token}`]])),
    ),
    ...Object.entries(SPELLINGS).map(([name, spell]) =>
      powerCase(`with ${name}`, (run, token) => expectNothing(run, [['Authorization', spell(token)]])),
    ),
    ...PASSWORD_HOLDERS.map((holder) =>
      powerCase(`as the password of ${JSON.stringify(holder)}`, (run, token) => {
        const username = holder === '<token>' ? token : holder;
        const authorization = basicAuthorization({ username, password: token });
        return expectNothing(run, [['Authorization', authorization]], { from: nextNetwork });
      }),
    ),
    powerCase('as a bearer token of the management API', (run, token) =>
      expectNothing(run, bearer(token), { places: ['account'] }),
    ),
    powerCase('as a refresh token', refuseGrant),
    powerCase('as a bearer token of the token service', (run, token) =>
      expectStatus(
        run,
        { method: 'GET', target: '/service/token?scope=repository:x/y:pull', headers: bearer(token) },
        [401],
      ),
    ),
  ];
}

/** The token names one repository and one action: everything else is as without it. */
function createScopeCases(): readonly FaultCase[] {
  const ofRepository = (change: (name: string) => string) => (repository: string) =>
    `/v2/${change(repository)}/manifests/latest`;
  const targets: Readonly<Record<string, readonly [string, (repository: string) => string]>> = {
    'a repository below it': ['GET', ofRepository((name) => `${name}/below`)],
    'a repository whose name begins so': ['GET', ofRepository((name) => `${name}2`)],
    'a repository whose name is its beginning': ['GET', ofRepository((name) => name.slice(0, -1))],
    'another repository of the project': ['GET', ofRepository((name) => `${name.split('/')[0]}/vault`)],
    'a repository of another project': ['GET', () => '/v2/faults-scratch/mutants/tags/list'],
    'the catalog': ['GET', () => '/v2/_catalog'],
    'the deletion of a tag': ['DELETE', (repository) => `/v2/${repository}/manifests/latest`],
    'the deletion of a blob': ['DELETE', (repository) => `/v2/${repository}/blobs/sha256:${'0'.repeat(64)}`],
    'an upload': ['POST', (repository) => `/v2/${repository}/blobs/uploads/`],
    'a push': ['PUT', (repository) => `/v2/${repository}/manifests/forged`],
  };
  return Object.entries(targets).map(([name, [method, targetOf]]) => ({
    name: `a token for pulling from one repository, used for ${name}`,
    run: async (run) => {
      const token = await askForPower(run);
      const target = targetOf(run.target.content.repository);
      const push = {
        headers: [...bearer(token), ['Content-Type', EMPTY_INDEX.mediaType]],
        body: EMPTY_INDEX.bytes,
      } as const;
      await expectStatus(run, { method, target, ...(method === 'PUT' ? push : { headers: bearer(token) }) }, [401]);
    },
  }));
}

/** Two Authorization headers are read as one or refused, never as the better of both. */
function createDoubleHeaderCases(): readonly FaultCase[] {
  return BASES.flatMap((base) =>
    ['a word', 'its own claims'].flatMap((what) =>
      ['first', 'second'].map(
        (order): FaultCase => ({
          name: `two Authorization headers: the genuine one of ${base.name} ${order}, and ${what}`,
          run: async (run) => {
            const genuine = await askForBase(run, base);
            const other = what === 'a word' ? 'x' : `${genuine.split('.').slice(0, 2).join('.')}.`;
            const headers = [...bearer(genuine), ...bearer(other)];
            const allowed = [400, 401];
            const places = ['manifest', 'blob', 'catalog'] as const;
            await expectNothing(run, order === 'first' ? headers : headers.toReversed(), { allowed, places });
          },
        }),
      ),
    ),
  );
}
