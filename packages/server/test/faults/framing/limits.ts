import type { CaseRun, FaultCase } from '../fault-class.ts';
import {
  answeredCase,
  expectOneOf,
  getHead,
  head,
  putHead,
  refusedCase,
  smuggledPut,
  usual,
  VALID_BODY,
} from './script.ts';

const lines = (count: number, length: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `X-${index}: ${'a'.repeat(length)}`);

/**
 * What is said of one line that is longer than a head may be. When it comes in pieces, the one with which it is too long has neither
 * its beginning nor its end: then it may as well be the address.
 */
const LONG_LINE = [431, 414];

/** Heads that are too large, requests that come together, and clients that wait for 100 Continue. */
export function createLimitCases(): readonly FaultCase[] {
  return [
    refusedCase('one header of 64 KiB', (run) => getHead(run, `X: ${'a'.repeat(65_536)}`), LONG_LINE),
    refusedCase('a header name of 64 KiB', (run) => getHead(run, `${'a'.repeat(65_536)}: x`), LONG_LINE),
    refusedCase('1,000 headers of 60 bytes', (run) => getHead(run, ...lines(1_000, 60)), [431]),
    refusedCase('a megabyte of headers', (run) => getHead(run, ...lines(10_000, 100)), [431]),
    refusedCase('100 cookies of 1 KB', (run) => getHead(run, ...lines(100, 1_000)), [431]),
    refusedCase('a cookie of 100 KB', (run) => getHead(run, `Cookie: ${'a=b; '.repeat(20_000)}`), LONG_LINE),
    refusedCase(
      'a token of 100 KB',
      ({ target }) => head('GET /v2/ HTTP/1.1', `Host: ${target.host}`, `Authorization: Bearer ${'a'.repeat(100_000)}`),
      LONG_LINE,
    ),
    refusedCase('a query of 64 KiB', (run) => head(`GET /v2/?${'a'.repeat(65_536)} HTTP/1.1`, ...usual(run)), [414]),
    refusedCase('a path of 64 KiB', (run) => head(`GET /v2/${'a/'.repeat(32_768)} HTTP/1.1`, ...usual(run)), [414]),
    refusedCase(
      'a path of a megabyte',
      (run) => head(`GET /v2/${'a'.repeat(1_048_576)} HTTP/1.1`, ...usual(run)),
      [414],
    ),
    answeredCase(
      'a path of 16,000 characters',
      (run) => head(`GET /v2/${'a'.repeat(16_000)}/tags/list HTTP/1.1`, ...usual(run)),
      [[414]],
    ),
    answeredCase('2,500 short headers', (run) => head('GET /v2/ HTTP/1.1', ...usual(run), ...lines(2_500, 0)), [
      [200, 431],
    ]),
    answeredCase('two requests at once', (run) => getHead(run) + getHead(run), [[200], [200]]),
    answeredCase(
      '100 requests at once',
      (run) => getHead(run).repeat(100),
      Array.from({ length: 100 }, () => [200]),
    ),
    // The refusal may overtake the answer before it, and ends the connection.
    answeredCase('a request, then nonsense', (run) => `${getHead(run)}nonsense\r\n\r\n`, [
      [200, 400],
      [400, 'closed'],
    ]),
    answeredCase(
      'a refused request, then a good one',
      (run) => head('GET /v2/A/tags/list HTTP/1.1', ...usual(run)) + getHead(run),
      [[400], [200]],
    ),
    answeredCase(
      'a refused push, then a good request',
      (run) => `${putHead(run, 'Content-Length: 2')}{}${getHead(run)}`,
      [[400], [200, 'closed']],
    ),
    refusedCase(
      'Connection: close, and yet a second request',
      (run) => getHead(run, 'Connection: close') + smuggledPut(run),
      [200, 400],
    ),
    expectCase(
      'Expect: 100-continue before a manifest that is too large',
      (run) => putHead(run, 'Expect: 100-continue', 'Content-Length: 99999999'),
      413,
    ),
    expectCase(
      'Expect: 100-continue before a push to a bad name',
      (run) => head('PUT /v2/BAD/manifests/x HTTP/1.1', ...usual(run), 'Expect: 100-continue', 'Content-Length: 10'),
      400,
    ),
    expectCase(
      'Expect: 100-continue without credentials',
      ({ target }) =>
        head(
          `PUT /v2/${target.content.repository}/manifests/x HTTP/1.1`,
          `Host: ${target.host}`,
          'Expect: 100-continue',
          'Content-Length: 10',
        ),
      401,
    ),
    expectCase(
      'Expect: 100-continue before a bad digest',
      (run) =>
        head(
          `PUT /v2/${run.target.content.repository}/manifests/sha256:x HTTP/1.1`,
          ...usual(run),
          'Expect: 100-continue',
          'Content-Length: 10',
        ),
      400,
    ),
    answeredCase(
      'Expect: 100-continue twice, and the body at once',
      (run) => `${putHead(run, 'Expect: 100-continue', 'Expect: 100-continue', 'Content-Length: 2')}{}`,
      [[400, 417]],
    ),
    answeredCase('Expect: 100-continue on a GET', (run) => getHead(run, 'Expect: 100-continue'), [[200]]),
    ...['200-ok', '100-continue, x', 'x'.repeat(5_000), '"100-continue"'].map((expectation) =>
      answeredCase(
        `Expect: ${expectation.slice(0, 30)}`,
        (run) => putHead(run, `Expect: ${expectation}`, `Content-Length: ${HALF}`) + VALID_BODY.slice(0, HALF),
        [[400, 417]],
      ),
    ),
  ];
}

const HALF = 40;

/** The refusal comes at once: nobody is told to send a body that nobody wants. */
function expectCase(name: string, attack: (run: CaseRun) => string, status: number): FaultCase {
  return {
    name,
    run: async (run) => {
      const socket = await run.open();
      socket.write(attack(run));
      const answer = await socket.read('PUT', 5_000);
      run.check(answer, { method: 'PUT', target: '/v2/' });
      expectOneOf(run, answer, [status]);
    },
  };
}
