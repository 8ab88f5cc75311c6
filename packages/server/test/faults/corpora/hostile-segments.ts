import type { SeededRandom } from '../../support/seeded-random.ts';
import { encodeByte, percentEncode, toByteString } from '../raw-request.ts';

/** Spellings of "one folder up" that some decoder along the way takes for it. */
const DOTS = [
  ...['..', '%2e%2e', '%2E.', '.%2e', '%252e%252e', '%25252e%25252e', '%c0%ae%c0%ae', '%e0%80%ae%e0%80%ae'],
  ...[
    '%uff0e%uff0e',
    toByteString('．．'),
    '..;',
    '..%3b',
    '....',
    '..%00',
    '.%00.',
    '%2e%2e%00',
    '..%20',
    '\xc0\xae\xc0\xae',
  ],
];
const SLASHES = [
  ...['/', '%2f', '%2F', '%252f', '%25252f', '\\', '%5c', '%255c', '%c0%af', '%e0%80%af', '%u2215', '\xc0\xaf'],
  ...['//', '/./', '%2f%2f', '/%2e/', '/;/', ';/', toByteString('∕'), toByteString('／')],
];
const GOALS = ['etc/passwd', 'faults/seed', 'v2/_catalog', 'healthz', 'metadata.sqlite', 'windows%5cwin.ini'];

/** Names that climb: dots × slashes × depth × where they lead. @returns `count` of the several thousand */
export function listTraversals(random: SeededRandom, count: number): readonly string[] {
  const all = DOTS.flatMap((dots) =>
    SLASHES.flatMap((slash) =>
      [1, 3, 8].flatMap((depth) => GOALS.map((goal) => `${`${dots}${slash}`.repeat(depth)}${goal}`)),
    ),
  );
  return random.sample(all, count);
}

/** Every byte that a name may not hold, as it is and percent-encoded. */
export function listByteSegments(): readonly string[] {
  return Array.from({ length: 256 }, (_, byte) => byte).flatMap((byte) => [
    `se${String.fromCharCode(byte)}ed`,
    `se${encodeByte(byte)}ed`,
  ]);
}

/** Texts that look like a valid name to eyes, to case-blind or to normalizing comparison. */
const LOOKALIKES = [
  ...[
    'Seed',
    'SEED',
    'sEED',
    'seed ',
    ' seed',
    'seed.',
    '.seed',
    'seed..x',
    '-seed',
    'seed-',
    '_seed',
    'seed_',
    'se___ed',
  ],
  ...[
    'se._ed',
    'se.-ed',
    'se-_ed',
    'se__-ed',
    'seed\\',
    'se ed',
    'se+ed',
    'seed:latest',
    'seed@sha256',
    'se,ed',
    'se;ed',
  ],
  ...[
    'seed;x',
    'seed;jsessionid=1',
    'seed*',
    'se?ed',
    'se#ed',
    'seed~',
    "se'ed",
    'se"ed',
    'se`ed',
    'se|ed',
    'se&ed',
    'se<ed',
  ],
  ...['se=ed', 'se$ed', 'se!ed', 'se(ed)', 'se[ed]', 'se{ed}', '$(id)', '`id`', "' or 1=1--", '"; drop table tags; --'],
  ...[
    '%73eed',
    '%53eed',
    's%65ed',
    '%',
    '%2',
    '%zz',
    '%%32%65',
    '%u0073eed',
    '&#115;eed',
    '\\u0073eed',
    '{{7*7}}',
    '\x24{7*7}',
  ],
  ...[
    'constructor/x y',
    '__proto__',
    'null\0',
    '~root',
    'con:',
    'nul.',
    'seed::$data',
    'file:///etc/passwd',
    '=cmd|x',
    '\x1b[31m',
  ],
];
const UNICODE_LOOKALIKES = [
  ...[
    'ѕeed',
    'sееd',
    'ｓｅｅｄ',
    'ſeed',
    'séed',
    'se\u0301ed',
    'se\u200bed',
    'se\u200ded',
    'se\u00aded',
    '\ufeffseed',
    'se\u202eed',
  ],
  ...[
    'ßeed',
    'ıstanbul',
    'İstanbul',
    'Kelvin',
    '𝓈𝑒𝑒𝒹',
    'seed\u0000',
    'se\u2028ed',
    'se\u0085ed',
    '☃',
    '💣',
    '\ud7ff',
    '名前',
    'ñ',
  ],
];

export function listLookalikes(): readonly string[] {
  const unicode = UNICODE_LOOKALIKES.map(toByteString);
  return [...LOOKALIKES, ...unicode, ...unicode.map(percentEncode), ...LOOKALIKES.map(percentEncode)];
}

/** Words that have a meaning in paths of this or another API. */
export const ROUTE_WORDS = [
  ...['manifests', 'blobs', 'uploads', 'tags', 'list', 'referrers', '_catalog', 'v2', '.', '..', '', 'blobs/uploads'],
  ...[
    'tags/list',
    'manifests/latest',
    'blobs/uploads/',
    'referrers/x',
    '_ping',
    '_oci/ext',
    'api/v2.0',
    'service/token',
  ],
];

/** Line ends that would begin a header or a request of the attacker's. */
const LINE_ENDS = [
  '\r\n',
  '\n',
  '\r',
  '%0d%0a',
  '%0D%0A',
  '%0a',
  '%250d%250a',
  '%e5%98%8a%e5%98%8d',
  '\u0085',
  '\xe2\x80\xa8',
];
const INJECTIONS = ['X-Injected: 1', ' HTTP/1.1\r\nX-Injected: 1', 'X-Injected: 1\r\n\r\nGET /v2/ HTTP/1.1'];

export function listInjections(): readonly string[] {
  return LINE_ENDS.flatMap((end) => INJECTIONS.map((injection) => `seed${end}${injection}`));
}

/** Names that are too long, in all ways that a name can be. */
export function listLongNames(): readonly string[] {
  const lengths = [129, 200, 256, 257, 300, 500, 1_000, 1_900, 2_000, 3_000, 4_000, 8_000, 16_000];
  const patterns = [
    'a',
    'a/',
    'ab/',
    '../',
    '%2e%2e/',
    'a.',
    'a-',
    'a__',
    '-',
    '_',
    '/',
    '%61',
    'é',
    'manifests/',
    'A',
  ];
  const segments = [129, 256, 2_000, 4_000].map((count) => 'a/'.repeat(count));
  return [
    ...lengths.flatMap((length) => patterns.map((pattern) => pattern.repeat(Math.ceil(length / pattern.length)))),
    ...segments.map((text) => `${text}x`),
    ...segments,
    // A pattern with a bad backtracking form would take for ever here.
    ...[20, 40, 80, 120].flatMap((count) => [
      `${'a'.repeat(count)}!`,
      `${'a-'.repeat(count)}!`,
      `${'a.b_'.repeat(count)}!`,
    ]),
  ];
}
