import { VALID_BODY } from '../framing/script.ts';
import { ASSIGNMENT_DEFECTS } from './assignment-defects.ts';
import { withBody, withStatus } from './defective-proxy.ts';
import { ENUMERATION_DEFECTS } from './enumeration-defects.ts';
import { INJECTION_DEFECTS } from './injection-defects.ts';
import type { PlantedDefect } from './planted-defect.ts';
import { SESSION_DEFECTS } from './session-defects.ts';
import { TOKEN_DEFECTS } from './token-defects.ts';

const isRefusal = (answer: string): boolean => answer.startsWith('HTTP/1.1 400');
const NAMES: readonly PlantedDefect[] = [
  {
    className: 'names',
    name: 'names are taken without regard to case, so that a push to a bad name is kept',
    selects: ({ name }) => /^\w+ "\/v2\/faults\/SEED\//.test(name),
    request: (request) => request.replace('/v2/faults/SEED/', '/v2/faults/seed/'),
    expected: /the state changed: GET \/v2\/faults\/seed\/manifests\/latest/,
  },
  {
    className: 'names',
    name: 'a long name is a server error',
    selects: ({ name }) => name.startsWith('GET "/v2/aaaaaaaaa'),
    response: (answer) => (isRefusal(answer) ? withStatus(answer, 500, 'Internal Server Error') : answer),
    expected: /a server error: 500/,
  },
  {
    className: 'names',
    name: 'the refusal of a name shows a stack trace',
    selects: ({ name }) => name.startsWith('GET "/v2/faults/Seed/'),
    response: (answer) =>
      isRefusal(answer)
        ? withBody(answer, '{"errors":[{"code":"NAME_INVALID","message":"x at parse (/srv/app/name.ts:3:1)"}]}')
        : answer,
    expected: /the inside of the server shows/,
  },
  {
    className: 'names',
    name: 'refusals are of another shape than the specification says',
    selects: ({ name }) => name.startsWith('GET "/v2/faults/Seed/'),
    response: (answer) => (isRefusal(answer) ? withBody(answer, '{"error":"bad name"}') : answer),
    expected: /another shape/,
  },
  {
    className: 'names',
    name: 'every answer takes one and a half seconds, as if the event loop were held',
    selects: ({ name }) => name.startsWith('GET "/v2/faults/se'),
    delayMs: 1_500,
    expected: /p99 of the probe/,
  },
];

const OTHERS: readonly PlantedDefect[] = [
  {
    className: 'references',
    name: 'digests are taken in upper case',
    selects: ({ name }) => /^GET ".*\/blobs\/sha256:[0-9A-F]{64}"$/.test(name),
    request: (request) => request.replace(/sha256:[0-9A-F]{64}/, (digest) => digest.toLowerCase()),
    expected: /200 rather than 400/,
  },
  {
    className: 'references',
    name: 'a bad tag parameter is passed over, and the push is kept',
    selects: ({ name }) => /^PUT ".*\?tag=good&tag=\.(?:latest)?"$/.test(name),
    request: (request) => request.replace(/&tag=\.(?:latest)? /, ' '),
    expected: /the state changed: .*good/,
  },
  {
    className: 'references',
    name: 'If-Match is not looked at',
    selects: ({ name }) => name.startsWith('PUT') && name.includes('/latest with If-Match'),
    request: (request) => request.replace(/\r\nIf-Match: [^\r\n]*/, ''),
    expected: /201 rather than 412/,
  },
  {
    className: 'ranges',
    name: 'a chunk is appended wherever it says that it belongs',
    selects: ({ name }) => name.startsWith('PATCH with Content-Range: "0-9"'),
    request: (request) => (request.endsWith('bbbb') ? request.replace('Content-Range: 0-9\r\n', '') : request),
    expected: /202 rather than 416/,
  },
  {
    className: 'ranges',
    name: 'ranges begin one byte too late',
    selects: ({ name }) => /^GET with Range: "bytes=1-1"/.test(name),
    request: (request) => request.replace(/bytes=1-1/, 'bytes=2-2'),
    expected: /Content-Range is/,
  },
  {
    className: 'manifests',
    name: 'manifests are written anew when they are read',
    selects: ({ name }) => name.startsWith('image before white space'),
    response: (answer, request) =>
      request.startsWith('GET') ? withBody(answer, answer.slice(answer.indexOf('\r\n\r\n') + 4).trim()) : answer,
    expected: /other bytes/,
  },
  {
    className: 'manifests',
    name: 'of a member that comes twice, the second is dropped',
    selects: ({ name }) => /^[^{]* with an escaped duplicate /.test(name),
    request: dropDuplicate,
    expected: /201 to what is invalid/,
  },
  {
    className: 'framing',
    name: 'of two lengths, Content-Length is believed',
    selects: ({ name }) => name === 'chunked and a short Content-Length' || name === 'Content-Length, then chunked',
    request: (request) => request.replace(/Transfer-Encoding: chunked\r\n/i, ''),
    expected: /a second answer|stays open|the state changed/,
  },
  {
    className: 'framing',
    name: 'a manifest that stops half-way is kept',
    selects: ({ name }) => name.startsWith('a manifest but for its last byte, then the connection is cut'),
    abandoned: (request) => `${request.slice(0, request.indexOf('\r\n\r\n'))}\r\n\r\n${VALID_BODY}`,
    expected: /the state changed|rather than 404/,
  },
  {
    className: 'framing',
    name: 'the realm is made of the Host header',
    selects: ({ name }) => name.startsWith('Host: "evil.example", without'),
    response: (answer) => answer.replace(/realm="http:\/\/[^/]+/, 'realm="http://evil.example'),
    expected: /the attacker's host comes back/,
  },
  {
    className: 'requests',
    name: 'a token may be asked for with any number of scopes',
    selects: ({ name }) => name === '101 scopes',
    response: (answer) => (isRefusal(answer) ? withStatus(answer, 200, 'OK') : answer),
    expected: /200 rather than 400/,
  },
  {
    className: 'requests',
    name: 'pages are served as pages',
    selects: ({ name }) => name.startsWith('GET of') && name.includes('text/html'),
    response: (answer) => answer.replace(/content-disposition: attachment\r\n/i, ''),
    expected: /content-disposition is undefined/,
  },
];

/** Leaves a body as long as it was: what is taken out comes back as spaces at its end. */
function dropDuplicate(request: string): string {
  const duplicate = '"schema\\u0056ersion":2,';
  return request.includes(duplicate) ? request.replace(duplicate, '') + ' '.repeat(duplicate.length) : request;
}

export const PLANTED_DEFECTS: readonly PlantedDefect[] = [
  ...NAMES,
  ...OTHERS,
  ...SESSION_DEFECTS,
  ...ASSIGNMENT_DEFECTS,
  ...TOKEN_DEFECTS,
  ...INJECTION_DEFECTS,
  ...ENUMERATION_DEFECTS,
];
