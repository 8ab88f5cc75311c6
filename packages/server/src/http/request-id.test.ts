import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { requestIdOf } from './request-id.ts';

const ids = { uuid: () => 'fresh', hex: () => '', secret: () => '' };
const idFor = (header: string | string[] | undefined, isFromProxy = false) =>
  requestIdOf({ headers: { 'x-request-id': header } } as unknown as IncomingMessage, ids, isFromProxy);

describe('the id of a request', () => {
  it.each(['a', 'trace-1/2:3=4+5@6', 'x'.repeat(64)])('is the one of the client when it is harmless: %s', (id) => {
    expect(idFor(id)).toBe(id);
  });

  it.each([undefined, '', 'x'.repeat(65), 'two words', 'new\nline', '{"json":1}', 'ümlaut', '<tag>'])(
    'is fresh for %j',
    (id) => {
      expect(idFor(id)).toBe('fresh');
    },
  );

  it('may be longer from a trusted proxy', () => {
    expect(idFor('x'.repeat(128), true)).toBe('x'.repeat(128));
    expect(idFor('x'.repeat(129), true)).toBe('fresh');
  });

  it('is fresh when the client gave several', () => {
    expect(idFor(['a', 'b'])).toBe('fresh');
  });
});
