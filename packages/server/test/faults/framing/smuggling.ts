import type { FaultCase } from '../fault-class.ts';
import { answeredCase, getHead, putHead, refusedCase, smuggledPut, VALID_BODY } from './script.ts';

const CHUNKED_BODY = `${VALID_BODY.length.toString(16)}\r\n${VALID_BODY}\r\n0\r\n\r\n`;

/** Two lengths at once, or one that is none: who reads it one way and who reads it the other must not meet. */
const CONFLICTS: Readonly<Record<string, readonly string[]>> = {
  'Content-Length, then chunked': [`Content-Length: ${CHUNKED_BODY.length}`, 'Transfer-Encoding: chunked'],
  'chunked, then Content-Length': ['Transfer-Encoding: chunked', `Content-Length: ${CHUNKED_BODY.length}`],
  'chunked and Content-Length: 0': ['Transfer-Encoding: chunked', 'Content-Length: 0'],
  'chunked and a short Content-Length': ['Content-Length: 4', 'Transfer-Encoding: chunked'],
  'CHUNKED and Content-Length': ['Content-Length: 4', 'Transfer-Encoding: CHUNKED'],
  'chunked and two Content-Length': ['Content-Length: 4', 'Transfer-Encoding: chunked', 'Content-Length: 4'],
};

const BAD_ENCODINGS = [
  ...[
    'xchunked',
    'chunkedx',
    'chunked, identity',
    'identity',
    'chunked, gzip',
    'chunked;q=1',
    '"chunked"',
    "'chunked'",
    'chunke d',
  ],
  ...[
    '\x0bchunked',
    'chunked\x0b',
    'cow',
    '',
    ',',
    'chunked, chunked, x',
    'chunked\x00',
    '\x00chunked',
    'chunked\xff',
    'chun\tked',
  ],
];

const BAD_LENGTHS = [
  ...[
    '-1',
    '-0',
    '+5',
    '5, 5',
    '5,6',
    '5 5',
    '0x5',
    '1e1',
    '5.0',
    '5abc',
    'abc',
    '',
    ' ',
    '99999999999999999999999',
    '18446744073709551616',
  ],
  ...['\xb2', '5;', '5,', ',5', '"5"', 'NaN', 'Infinity', '9007199254740993x'],
];

const BAD_CHUNKS: Readonly<Record<string, string>> = {
  'a negative size': '-5\r\nhello\r\n0\r\n\r\n',
  'a size with 0x': '0x5\r\nhello\r\n0\r\n\r\n',
  'a size that is none': 'zz\r\nhello\r\n0\r\n\r\n',
  'an empty size': '\r\nhello\r\n0\r\n\r\n',
  'a size of 20 digits': 'ffffffffffffffffffff\r\nhello\r\n0\r\n\r\n',
  'a size with a sign': '+5\r\nhello\r\n0\r\n\r\n',
  'a size with spaces within': '5 5\r\nhello\r\n0\r\n\r\n',
  'more bytes than the size says': '3\r\nhello\r\n0\r\n\r\n',
  'no line end after the bytes': '5\r\nhello0\r\n\r\n',
  'bare line feeds': '5\nhello\n0\n\n',
  'a bare line feed after the size': '5\nhello\r\n0\r\n\r\n',
  'a bare carriage return': '5\rhello\r\n0\r\n\r\n',
  'NUL in an extension': '5;a=\x00\r\nhello\r\n0\r\n\r\n',
  'a bare line feed in an extension': '5;a\nhello\r\n0\r\n\r\n',
  'a trailer without a colon': '5\r\nhello\r\n0\r\nnonsense\r\n\r\n',
  'a trailer with NUL': '5\r\nhello\r\n0\r\nX: \x00\r\n\r\n',
  'an extension of 64 KiB': `5;${'a'.repeat(65_536)}\r\nhello\r\n0\r\n\r\n`,
};

/** Conflicting and obfuscated framing: 400 or cut, and the request hidden behind it is never run. */
export function createSmugglingCases(): readonly FaultCase[] {
  return [
    ...Object.entries(CONFLICTS).map(([name, lines]) =>
      refusedCase(name, (run) => putHead(run, ...lines) + CHUNKED_BODY + smuggledPut(run)),
    ),
    ...BAD_ENCODINGS.map((encoding) =>
      refusedCase(
        `Transfer-Encoding: ${JSON.stringify(encoding)}`,
        (run) => putHead(run, `Transfer-Encoding: ${encoding}`) + CHUNKED_BODY + smuggledPut(run),
        [400, 411, 415],
      ),
    ),
    ...[
      'Transfer-Encoding : chunked',
      ' Transfer-Encoding: chunked',
      'Transfer-Encoding\t: chunked',
      'Transfer-Encoding\x00: chunked',
    ].map((line) =>
      refusedCase(JSON.stringify(line), (run) => putHead(run, 'X: x', line) + CHUNKED_BODY + smuggledPut(run)),
    ),
    refusedCase(
      'Transfer-Encoding on two lines',
      (run) => putHead(run, 'Transfer-Encoding:\r\n chunked') + CHUNKED_BODY + smuggledPut(run),
    ),
    refusedCase(
      'two Transfer-Encodings',
      (run) =>
        putHead(run, 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + CHUNKED_BODY + smuggledPut(run),
    ),
    ...BAD_LENGTHS.map((length) =>
      refusedCase(
        `Content-Length: ${JSON.stringify(length)}`,
        (run) => putHead(run, `Content-Length: ${length}`) + VALID_BODY + smuggledPut(run),
      ),
    ),
    ...[
      [5, 6],
      [VALID_BODY.length, 0],
      [0, VALID_BODY.length],
      [VALID_BODY.length, VALID_BODY.length],
    ].map(([first, second]) =>
      refusedCase(
        `Content-Length ${first} and Content-Length ${second}`,
        (run) => putHead(run, `Content-Length: ${first}`, `Content-Length: ${second}`) + VALID_BODY + smuggledPut(run),
      ),
    ),
    ...Object.entries(BAD_CHUNKS).map(([name, body]) =>
      refusedCase(
        `a chunk with ${name}`,
        (run) => putHead(run, 'Transfer-Encoding: chunked') + body + smuggledPut(run),
        [400, 413, 431],
      ),
    ),
    // The body of a GET is no request of its own.
    answeredCase(
      'a GET whose body looks like a request',
      (run) => {
        const hidden = smuggledPut(run);
        return getHead(run, `Content-Length: ${hidden.length}`) + hidden;
      },
      [[200, 400]],
    ),
    answeredCase(
      'a GET with a chunked body that looks like a request',
      (run) => {
        const hidden = smuggledPut(run);
        return `${getHead(run, 'Transfer-Encoding: chunked')}${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
      },
      [[200, 400]],
    ),
    answeredCase(
      'Content-Length in a trailer',
      (run) =>
        `${putHead(run, 'Transfer-Encoding: chunked', 'Trailer: Content-Length')}5\r\nhello\r\n0\r\nContent-Length: 999\r\nAuthorization: Basic eDp5\r\n\r\n`,
      [[400]],
    ),
  ];
}
