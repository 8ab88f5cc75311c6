import { expectStatus } from '../case-runner.ts';
import type { FaultCase } from '../fault-class.ts';
import { percentEncode, type RawRequest, showBytes } from '../raw-request.ts';

const FORM = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
const MAX_ANSWER_BYTES = 8_192;

const BAD_SCOPES = [
  ...[
    '',
    ' ',
    ':',
    '::',
    ':::',
    'repository',
    'repository:',
    'repository::pull',
    'repository:x',
    'repository:*:*',
    'repository:faults/*:pull',
  ],
  ...[
    'repository:faults/seed',
    'repository:../faults/seed:pull',
    'repository:FAULTS/seed:pull',
    'repository:faults/seed:pull:push',
  ],
  ...[
    'registry:catalog:*',
    'registry:*:*',
    '*:*:*',
    'repository(plugin):faults/seed:pull',
    'repository:faults/seed:PULL',
    'user:admin:*',
  ],
  ...[
    'repository:faults/seed:pull\r\nX-Injected: 1',
    'repository:faults/seed\0:pull',
    'repository:\x1b[31m:pull',
    `repository:${'a'.repeat(4_000)}:pull`,
  ],
  ...[
    `repository:faults/seed:${'pull,'.repeat(500)}`,
    `${':'.repeat(4_000)}`,
    'repository:faults/seed:__proto__',
    '__proto__:constructor:pull',
  ],
  ...[
    "repository:' or 1=1--:pull",
    'repository:faults%2fseed:pull',
    'repository:"faults/seed":pull',
    'repository:faults/seed:pull"',
    '\xff\xfe:x:y',
  ],
];

const SERVICES = [
  'other',
  'token-service',
  'HARBOR-REGISTRY',
  'harbor-registry ',
  'harbor-registry\0',
  'x'.repeat(5_000),
  'harbor-registry\r\nX-Injected: 1',
  '*',
];

const BAD_FORMS: Readonly<Record<string, string>> = {
  'an empty form': '',
  'no grant': 'service=harbor-registry',
  'an unknown grant': 'grant_type=client_credentials&client_id=x&client_secret=y',
  'a grant twice': 'grant_type=x&grant_type=password&username=admin',
  'a password grant without a password': 'grant_type=password&username=admin',
  'a refresh without a token': 'grant_type=refresh_token',
  'a grant that is a prototype': 'grant_type=__proto__&username=a&password=b',
  'bad percent-encoding': 'grant_type=%zz&username=%',
  'NUL in the grant': 'grant_type=password%00&username=admin&password=x',
  '10,000 fields': Array.from({ length: 10_000 }, (_, index) => `f${index}=`)
    .join('&')
    .slice(0, 60_000),
};

/** What goes wrong in asking for a token: it gives nothing that is not had, and costs little. */
export function createTokenRequestCases(): readonly FaultCase[] {
  const get = (query: string): RawRequest => ({ method: 'GET', target: `/service/token?${query}`, isAnonymous: true });
  const post = (form: string): RawRequest => ({
    method: 'POST',
    target: '/service/token',
    headers: FORM,
    body: Buffer.from(form),
    isAnonymous: true,
  });
  const scopes = (count: number): string =>
    Array.from({ length: count }, (_, index) => `scope=${encodeURIComponent(`repository:faults/r${index}:pull`)}`).join(
      '&',
    );
  return [
    ...BAD_SCOPES.flatMap((scope) => [
      grantsNothing(
        `GET with the scope ${showBytes(scope)}`,
        get(`service=harbor-registry&scope=${percentEncode(scope)}`),
      ),
      refused(
        `POST with the scope ${showBytes(scope)}`,
        post(`grant_type=refresh_token&refresh_token=x&scope=${percentEncode(scope)}`),
        [400, 401],
      ),
    ]),
    ...SERVICES.map((service) =>
      refused(`the service ${showBytes(service)}`, get(`service=${percentEncode(service)}&scope=x`), [400]),
    ),
    refused('101 scopes', get(scopes(101)), [400]),
    refused('10,000 scopes in a GET', get(scopes(10_000)), [414]),
    refused('10,000 scopes in a form', post(`grant_type=password&username=a&password=b&${scopes(10_000)}`), [413]),
    refused('1,500 scopes in a form', post(`grant_type=password&username=a&password=b&${scopes(1_500)}`), [400, 413]),
    grantsNothing(
      'one scope 400 times',
      get(`service=harbor-registry&${'scope=repository:faults/seed:pull&'.repeat(400)}`),
    ),
    ...Object.entries(BAD_FORMS).map(([name, form]) => refused(`a form: ${name}`, post(form), [400])),
    ...['', 'x', '.', 'a'.repeat(10_000), '\0', '../..', 'eyJhbGciOiJub25lIn0.e30.'].map((token) =>
      refused(
        `the refresh token ${showBytes(token)}`,
        post(`grant_type=refresh_token&refresh_token=${percentEncode(token)}`),
        [400, 401],
      ),
    ),
    ...['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded2'].map(
      (type) =>
        refused(
          `a token request of the type ${type}`,
          { ...post('{"grant_type":"password"}'), headers: [['Content-Type', type]] },
          [400, 415],
        ),
    ),
    ...['PUT', 'DELETE', 'PATCH', 'TRACE'].map((method) =>
      refused(`${method} /service/token`, { method, target: '/service/token', isAnonymous: true }, [404, 405]),
    ),
  ];
}

function refused(name: string, request: RawRequest, allowed: readonly number[]): FaultCase {
  return {
    name,
    run: async (run) => {
      await expectStatus(run, request, allowed);
    },
  };
}

/** Refused, or an anonymous token in which nothing private is named. */
function grantsNothing(name: string, request: RawRequest): FaultCase {
  return {
    name,
    run: async (run) => {
      const answer = await expectStatus(run, request, [200, 400, 401]);
      if (typeof answer === 'string' || answer.status !== 200) return;
      const { token } = JSON.parse(answer.body.toString('utf8'));
      const { access } = JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8'));
      if (JSON.stringify(access) !== '[]') run.complain(`it gives ${JSON.stringify(access)}`);
      if (answer.body.length > MAX_ANSWER_BYTES) run.complain(`the answer has ${answer.body.length} bytes`);
    },
  };
}
