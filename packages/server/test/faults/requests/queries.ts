import { expectStatus } from '../case-runner.ts';
import type { FaultCase, Target } from '../fault-class.ts';
import { percentEncode, type RawRequest, showBytes, toByteString } from '../raw-request.ts';

/** Page sizes that are none (400), one character for each byte. */
const BAD_SIZES = [
  ...[
    '-1',
    '-0',
    '+5',
    ' 5',
    '5 ',
    '1e20',
    '1e2',
    '1.5',
    '0x10',
    '0b1',
    'NaN',
    'Infinity',
    'null',
    'true',
    '',
    ' ',
    'a',
    '5a',
    '5,6',
    '5;6',
    '1_000',
  ],
  ...[
    '\0',
    '5\0',
    '5\n',
    '5\r\n',
    '\x1b[31m',
    '٣',
    '５',
    '%35',
    '5%00',
    "5' or 1=1--",
    '[]',
    '{}',
    '__proto__',
    '5&',
    `${'9'.repeat(30)}x`,
  ],
].map(toByteString);
/** Page sizes that are too large and are cut (200). */
const LARGE_SIZES = [
  '10001',
  '1000000000',
  '9007199254740993',
  '18446744073709551616',
  '9'.repeat(30),
  '9'.repeat(4_000),
  '0',
  '00',
  '0005',
];
const HOSTILE_TEXTS = [
  ...[
    '\0',
    '\r\nX-Injected: 1',
    '\n',
    '\r',
    '\x1b[31m',
    '\x7f',
    '\x80',
    '\xff\xfe',
    '>; rel="next", <http://evil.example/>',
    '"',
    "' or 1=1--",
  ],
  ...[
    '../..',
    '%',
    '%00',
    '%zz',
    ' ',
    '',
    'a'.repeat(10_000),
    '\x01'.repeat(500),
    '<script>',
    '__proto__',
    '\xed\xa0\x80',
    '\xc0\xaf',
    '*',
    '%25',
  ],
  ...['💣', '\u202e', '\u2028', '名'].map(toByteString),
];

export function createQueryCases({ content }: Target): readonly FaultCase[] {
  const lists = ['/v2/_catalog', `/v2/${content.repository}/tags/list`];
  const referrers = `/v2/${content.repository}/referrers/${content.image.digest}`;
  return [
    ...lists.flatMap((list) => [
      ...BAD_SIZES.map((size) => queryCase(`${list}?n=${percentEncode(size)}`, [400])),
      ...LARGE_SIZES.map((size) => queryCase(`${list}?n=${size}`, [200])),
      ...HOSTILE_TEXTS.map((text) => queryCase(`${list}?n=1&last=${percentEncode(text)}`, [200, 400])),
      ...[
        'n=1&n=-1',
        'n=-1&n=1',
        'N=-1',
        'n[]=1',
        'n=1;n=2',
        '&&&&',
        '=&=',
        '?n=1',
        'n',
        'last',
        '%6e=-1',
        '%',
        'n=%',
        '__proto__=1',
        'a'.repeat(10_000),
      ].map((query) => queryCase(`${list}?${query}`, [200, 400])),
      queryCase(`${list}?${'n=1&'.repeat(4_000)}`, [200, 400]),
    ]),
    ...HOSTILE_TEXTS.map((text) => queryCase(`${referrers}?artifactType=${percentEncode(text)}`, [200, 400])),
    ...[...BAD_SIZES, ...HOSTILE_TEXTS]
      .filter((text) => !/^\d+$/.test(text))
      .map((text) => queryCase(`${referrers}?after=${percentEncode(text)}`, [400])),
    ...HOSTILE_TEXTS.map((text) =>
      queryCase(`/api/v2.0/projects?name=${percentEncode(text)}&page_size=10`, [200, 400, 422]),
    ),
    ...BAD_SIZES.flatMap((size) =>
      ['page', 'page_size'].map((name) =>
        queryCase(`/api/v2.0/projects?${name}=${percentEncode(size)}`, [200, 400, 422]),
      ),
    ),
    ...[
      ...HOSTILE_TEXTS,
      'name=',
      'name=~',
      'name=[1~',
      'x=y',
      ','.repeat(5_000),
      'name=~~~~',
      'owner_id=(1 2',
      '=',
    ].map((text) => queryCase(`/api/v2.0/projects?q=${percentEncode(text)}`, [200, 400, 422])),
  ];
}

const LINK = /^<(?:http:\/\/127\.0\.0\.1:\d+)?\/[!-;=?-~]+>; rel="(?:next|prev)"$/;

/** Links lead on within the same list of this server, whatever stood in the query. */
function queryCase(target: string, allowed: readonly number[]): FaultCase {
  const request: RawRequest = { method: 'GET', target };
  return {
    name: `GET ${showBytes(target)}`,
    run: async (run) => {
      const answer = await expectStatus(run, request, allowed);
      if (typeof answer === 'string') return;
      const [path = ''] = target.split('?');
      for (const link of answer.headers.get('link')?.split(/, ?(?=<)|\n/) ?? []) {
        if (!LINK.test(link) || !link.includes(`${path}?`)) run.complain(`the link is ${showBytes(link)}`);
      }
    },
  };
}
