import type { FaultCase } from '../fault-class.ts';
import { type Attack, answeredCase, getHead, head, refusedCase, usual } from './script.ts';

/** What is no request that HTTP/1.1 allows (RFC 9112). */
const MALFORMED: Readonly<Record<string, Attack>> = {
  'a request line without a version (HTTP/0.9)': (run) => head('GET /v2/', ...usual(run)),
  'a request line alone without a version': () => 'GET /v2/\r\n\r\n',
  'HTTP/0.9 said aloud': (run) => head('GET /v2/ HTTP/0.9', ...usual(run)),
  'HTTP/2.0': (run) => head('GET /v2/ HTTP/2.0', ...usual(run)),
  'HTTP/3.0': (run) => head('GET /v2/ HTTP/3.0', ...usual(run)),
  'HTTP/1.2': (run) => head('GET /v2/ HTTP/1.2', ...usual(run)),
  'HTTP/11': (run) => head('GET /v2/ HTTP/11', ...usual(run)),
  'HTTP/1.1x': (run) => head('GET /v2/ HTTP/1.1x', ...usual(run)),
  'HTTP/1.10': (run) => head('GET /v2/ HTTP/1.10', ...usual(run)),
  'http/1.1': (run) => head('GET /v2/ http/1.1', ...usual(run)),
  'HTTPS/1.1': (run) => head('GET /v2/ HTTPS/1.1', ...usual(run)),
  'a method in lower case': (run) => head('get /v2/ HTTP/1.1', ...usual(run)),
  'a method that is none': (run) => head('FETCH /v2/ HTTP/1.1', ...usual(run)),
  'a method of 10,000 characters': (run) => head(`${'G'.repeat(10_000)} /v2/ HTTP/1.1`, ...usual(run)),
  'no method': (run) => head('/v2/ HTTP/1.1', ...usual(run)),
  'no target': (run) => head('GET HTTP/1.1', ...usual(run)),
  'a tab for a space': (run) => head('GET\t/v2/\tHTTP/1.1', ...usual(run)),
  'NUL in the request line': (run) => head('GET /v2/\x00 HTTP/1.1', ...usual(run)),
  'bare line feeds': (run) => head('GET /v2/ HTTP/1.1', ...usual(run)).replaceAll('\r\n', '\n'),
  'a bare line feed in the headers': (run) => head('GET /v2/ HTTP/1.1', ...usual(run), 'X: a\nX-Injected: 1'),
  'a bare carriage return in a value': (run) => getHead(run, 'X: a\rX-Injected: 1'),
  'bare carriage returns': (run) => head('GET /v2/ HTTP/1.1', ...usual(run)).replaceAll('\r\n', '\r'),
  'a header on two lines (obs-fold)': (run) => getHead(run, 'X: a\r\n b'),
  'a header on two lines with a tab': (run) => getHead(run, 'X: a\r\n\tb'),
  'a first header that begins with a space': (run) => head('GET /v2/ HTTP/1.1', ' X: a', ...usual(run)),
  'a space before the colon': (run) => getHead(run, 'X : a'),
  'a header without a name': (run) => getHead(run, ': a'),
  'a header without a colon': (run) => getHead(run, 'nonsense'),
  'a space in a name': (run) => getHead(run, 'X Y: a'),
  'NUL in a name': (run) => getHead(run, 'X\x00Y: a'),
  'NUL in a value': (run) => getHead(run, 'X: a\x00b'),
  'ESC in a value': (run) => getHead(run, 'X: a\x1b[31m'),
  'DEL in a value': (run) => getHead(run, 'X: a\x7f'),
  'a name beyond ASCII': (run) => getHead(run, 'X\xe9: a'),
  'a name with brackets': (run) => getHead(run, 'X[]: a'),
  'no Host': ({ target }) => head('GET /v2/ HTTP/1.1', `Authorization: ${target.authorization}`),
  'two Hosts': (run) => head('GET /v2/ HTTP/1.1', ...usual(run), 'Host: evil.example'),
  'a TLS hello': () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 \r\n\r\n',
  'the preface of HTTP/2': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'an SSH banner': () => 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
  'a PROXY line': (run) => `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${getHead(run)}`,
  zeros: () => '\x00'.repeat(1_000),
  'an SMTP command': () => 'EHLO evil.example\r\n\r\n',
  'a JSON document': () => '{"method":"GET"}\r\n\r\n',
};

/** Two that are well-formed and no use here. */
const WELL_FORMED: readonly FaultCase[] = [
  answeredCase(
    'an upgrade to h2c is not taken',
    (run) => getHead(run, 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
    [[200, 400]],
  ),
  answeredCase(
    'an upgrade to a web socket is not taken',
    (run) =>
      getHead(run, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAA'),
    [[200, 400]],
  ),
  answeredCase('HTTP/1.0 is answered, and the connection ends', (run) => head('GET /v2/ HTTP/1.0', ...usual(run)), [
    [200],
    ['closed'],
  ]),
  answeredCase('empty lines before a request are passed over', (run) => `\r\n\r\n${getHead(run)}`, [[200, 400]]),
  answeredCase('CONNECT makes no tunnel', (run) => head('CONNECT 127.0.0.1:22 HTTP/1.1', ...usual(run)), [
    [400, 404, 405, 'closed'],
  ]),
  answeredCase('TRACE shows nothing back', (run) => head('TRACE /v2/ HTTP/1.1', ...usual(run)), [[405]]),
  answeredCase('OPTIONS *', (run) => head('OPTIONS * HTTP/1.1', ...usual(run)), [[400, 404, 405]]),
  ...['PROPFIND', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'SEARCH', 'PURGE', 'LINK', 'QUERY', 'SOURCE'].map((method) =>
    answeredCase(
      `${method} is no operation`,
      (run) => head(`${method} /v2/${run.target.content.repository}/manifests/latest HTTP/1.1`, ...usual(run)),
      [[400, 405]],
    ),
  ),
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((header) =>
    answeredCase(`${header}: DELETE overrides nothing`, (run) => getHead(run, `${header}: DELETE`), [[200]]),
  ),
  ...['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Forwarded-Uri'].map((header) =>
    answeredCase(
      `${header} leads nowhere else`,
      (run) => head('GET /v2/nothing HTTP/1.1', ...usual(run), `${header}: /v2/_catalog`),
      [[404]],
    ),
  ),
];

export function createMalformedHeadCases(): readonly FaultCase[] {
  const refused = Object.entries(MALFORMED).map(([name, attack]) => refusedCase(name, attack, [400, 'closed']));
  return [...refused, ...WELL_FORMED];
}
