import { requestCase } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { showBytes } from '../raw-request.ts';

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** Authorization headers that prove nothing. One wrong password only: more would be throttled, as they should. */
const GARBAGE = [
  ...[
    '',
    ' ',
    'Basic',
    'Basic ',
    'Basic  ',
    'Basic !!!',
    'Basic =',
    'Basic ====',
    `Basic ${base64('admin')}`,
    `Basic ${base64('')}`,
  ],
  ...[
    `Basic ${base64('admin:\0')}`,
    `Basic ${base64('\0:x')}`,
    `Basic${base64('a:b')}`,
    `Basic\t${base64('a:b')}`,
    `Basic ${base64('a:b')} x`,
  ],
  ...[
    `Basic ${base64('a:b')},Basic ${base64('c:d')}`,
    `BASIC: ${base64('a:b')}`,
    `Basic "${base64('a:b')}"`,
    `Basic ${'A'.repeat(15_000)}`,
  ],
  ...[
    'Bearer',
    'Bearer ',
    'Bearer  x',
    'Bearer x y',
    'Bearer "x"',
    'Bearer x,y',
    'bearer x',
    'BEARER x',
    'Bearer\tx',
    'Bearer:x',
    'Bearer null',
  ],
  ...[
    'Bearer undefined',
    'Bearer ../../etc/passwd',
    `Bearer ${'a'.repeat(15_000)}`,
    'Token x',
    'Digest username="admin"',
    'Negotiate YII=',
    'NTLM TlRM',
  ],
  ...[
    'AWS4-HMAC-SHA256 Credential=x',
    'Hawk id="x"',
    'OAuth x',
    'Mutual x',
    'x',
    '\xff\xfe',
    "' or '1'='1",
    '{}',
    '[object Object]',
    '__proto__ x',
  ],
  ...['Basic YWRtaW46\x80', 'Basic YWRtaW4gOng=', `Basic ${Buffer.from('nobody:wrong').toString('base64')}`],
];

export function createCredentialCases({ content }: Target): readonly FaultCase[] {
  const targets = [
    '/v2/',
    '/v2/_catalog',
    `/v2/${content.repository}/manifests/latest`,
    `/v2/${content.repository}/blobs/${content.blob.digest}`,
  ];
  return [
    ...GARBAGE.flatMap((value) =>
      targets
        .slice(0, 3)
        .map((target) =>
          requestCase(
            `GET ${target} with Authorization: ${showBytes(value)}`,
            { method: 'GET', target, headers: [['Authorization', value]] },
            [401],
          ),
        ),
    ),
    ...targets.flatMap((target) =>
      ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'].map((method) =>
        requestCase(`${method} ${target} without credentials`, { method, target, isAnonymous: true }, [401, 405]),
      ),
    ),
    ...['PUT', 'DELETE'].map((method) =>
      requestCase(
        `${method} of a public manifest without credentials`,
        { method, target: `/v2/${content.publicRepository}/manifests/latest`, isAnonymous: true },
        [401],
      ),
    ),
    requestCase('two Authorization headers', twoAuthorizations(content.repository), [401, 400]),
  ];
}

function twoAuthorizations(repository: string) {
  const headers = ['Bearer x', 'Basic eDp5'].map((value) => ['Authorization', value] as const);
  return { method: 'GET', target: `/v2/${repository}/manifests/latest`, headers };
}
