import { expect, it } from 'vitest';
import { type Answer, findHeader, ResponseReader } from './response-reader.ts';

/** What a reader says about bytes that come in pieces of a size. */
function read(text: string, pieceBytes: number, isHeadRequest = false): readonly Answer[] {
  const answers: Answer[] = [];
  const reader = new ResponseReader((answer) => answers.push(answer));
  reader.expect(isHeadRequest);
  const bytes = Buffer.from(text, 'latin1');
  const piece = Buffer.alloc(pieceBytes);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // The same memory each time, as the connections do it.
    reader.take(piece.subarray(0, bytes.copy(piece, 0, at, at + pieceBytes)));
  }
  return answers;
}

const FIXED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1a;x=y\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nT: u\r\n\r\n';
const EMPTY = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';

it.each([1, 2, 3, 7, 64, 4096])('reads answers that come in pieces of %i bytes', (pieceBytes) => {
  const answers = read(`${FIXED}${CHUNKED}HTTP/1.1 100 Continue\r\n\r\n${EMPTY}${FIXED}`, pieceBytes);
  expect(answers.map(({ status, bodyBytes }) => [status, bodyBytes])).toEqual([
    [200, 5],
    [200, 31],
    [404, 0],
    [200, 5],
  ]);
});

it('takes no body from an answer to HEAD', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 986\r\n\r\n';
  expect(read(head + head, 16, true).map(({ bodyBytes }) => bodyBytes)).toEqual([0, 0]);
});

it('waits for the rest of a body', () => {
  expect(read(FIXED.slice(0, -1), 8)).toEqual([]);
});

it.each([
  ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
  ['a body without an end', 'HTTP/1.1 200 OK\r\n\r\nabc'],
  ['a chunk that is no number', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ['a chunk that is too long', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n'],
])('refuses %s', (_, text) => {
  expect(() => read(text, 16)).toThrow();
});

it('finds a header whatever its case, and not inside another', () => {
  const head = 'HTTP/1.1 202 Accepted\r\nX-Location: /wrong\r\nLOCATION:  /v2/x \r\nDate: now';
  expect(findHeader(head, 'location')).toBe('/v2/x');
  expect(findHeader(head, 'date')).toBe('now');
  expect(findHeader(head, 'etag')).toBeUndefined();
});
