import type { CaseRun, FaultCase, Target } from '../fault-class.ts';
import { basicAuthorization, SEEDED_ROBOT } from '../seeded-accounts.ts';
import { refuseGrant } from './ended-cases.ts';
import { CredentialMaker } from './ended-credentials.ts';
import { bearer, expectNothing, type Place } from './expect-nothing.ts';

/** Secrets of somebody who may do everything, none of which is a registry token. */
interface Secrets {
  readonly refreshToken: string;
  readonly session: string;
  readonly accessToken: string;
  readonly password: string;
}

type SecretName = keyof Secrets;

const SECRETS: readonly SecretName[] = ['refreshToken', 'session', 'accessToken', 'password'];
const PLACES_OF_CONTENT: readonly Place[] = ['manifest', 'blob', 'catalog', 'ping'];

/** What makes another secret of one. */
const CHANGES: Readonly<Record<string, (secret: string) => string>> = {
  'without its last character': (secret) => secret.slice(0, -1),
  'without its first character': (secret) => secret.slice(1),
  'with one more': (secret) => `${secret}A`,
  'in upper case': (secret) => secret.toUpperCase(),
  'with another first character of its secret part': (secret) => turnCharacter(secret, secret.length - 40),
  'with another character in its middle': (secret) => turnCharacter(secret, Math.floor(secret.length / 2)),
  'with another last character': (secret) => turnCharacter(secret, secret.length - 1),
  'cut in half': (secret) => secret.slice(0, secret.length / 2),
  twice: (secret) => `${secret}${secret}`,
};

function turnCharacter(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === 'B' ? 'C' : 'B'}${text.slice(at + 1)}`;
}

type Try = readonly [string, (run: CaseRun, secret: string) => Promise<unknown>];

const COMMON_TRIES: readonly Try[] = [
  ['as a bearer token, in base64', (run, secret) => expectNothing(run, bearer(Buffer.from(secret).toString('base64')))],
  [
    'as a registry token in the query',
    (run, secret) => expectNothing(run, [], { query: `access_token=${encodeURIComponent(secret)}` }),
  ],
  [
    'as a cookie on /v2',
    (run, secret) => expectNothing(run, [['Cookie', `sid=${secret}`]], { places: PLACES_OF_CONTENT }),
  ],
  [
    'as the middle of a token',
    (run, secret) => expectNothing(run, bearer(`e30.${Buffer.from(secret).toString('base64url')}.e30`)),
  ],
];
const AS_BEARER: Try = ['as a bearer token', (run, secret) => expectNothing(run, bearer(secret))];
const AS_REFRESH_TOKEN: Try = ['as a refresh token', refuseGrant];

/** What only some of them can be tried for: an access token may be a bearer token outside `/v2`. */
const OWN_TRIES: Readonly<Record<SecretName, readonly Try[]>> = {
  refreshToken: [
    AS_BEARER,
    ...Object.entries(CHANGES).map(
      ([what, change]): Try => [`as a refresh token, ${what}`, (run, secret) => refuseGrant(run, change(secret))],
    ),
  ],
  session: [AS_BEARER, AS_REFRESH_TOKEN],
  accessToken: [
    ['as a bearer token on /v2', (run, secret) => expectNothing(run, bearer(secret), { places: PLACES_OF_CONTENT })],
    AS_REFRESH_TOKEN,
    ...Object.entries(CHANGES).map(
      ([what, change]): Try => [
        `as a bearer token, ${what}`,
        (run, secret) => expectNothing(run, bearer(change(secret))),
      ],
    ),
  ],
  password: [AS_BEARER, AS_REFRESH_TOKEN],
};

/** Good secrets where they are none. */
export class MisplacedSecrets {
  readonly cases: readonly FaultCase[];
  readonly #target: Target;
  #secrets: Secrets | undefined;

  constructor(target: Target) {
    this.#target = target;
    this.cases = [...SECRETS.flatMap((name) => this.#secretCases(name)), ...createRobotSecretCases()];
  }

  async prepare(): Promise<void> {
    const maker = new CredentialMaker(this.#target);
    const { account } = await maker.createMember();
    const taken = await maker.takeFrom(account);
    this.#secrets = {
      refreshToken: taken['refresh token'] ?? '',
      session: (taken.session ?? '').split('=')[1] ?? '',
      accessToken: taken['access token'] ?? '',
      password: account.password,
    };
  }

  #secretCases(name: SecretName): readonly FaultCase[] {
    return [...COMMON_TRIES, ...OWN_TRIES[name]].map(([way, attempt]) => ({
      name: `a misplaced ${name} ${way}`,
      run: async (run) => {
        if (this.#secrets === undefined) throw new Error('there are no secrets yet');
        await attempt(run, this.#secrets[name]);
      },
    }));
  }
}

function createRobotSecretCases(): readonly FaultCase[] {
  const { username, password } = SEEDED_ROBOT;
  const basic = basicAuthorization(SEEDED_ROBOT).slice('Basic '.length);
  const texts = { secret: password, 'name and secret': `${username}:${password}`, 'Basic value': basic };
  return Object.entries(texts).flatMap(([name, text]): readonly FaultCase[] => [
    { name: `a misplaced robot's ${name} as a bearer token`, run: (run) => expectNothing(run, bearer(text)) },
    {
      name: `a misplaced robot's ${name} as a refresh token`,
      run: async (run) => {
        await refuseGrant(run, text);
      },
    },
  ]);
}
