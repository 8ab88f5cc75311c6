import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { finishHash, RunningHashes } from './running-hashes.ts';

const hashOf = (text: string) => createHash('sha256').update(text);

it('gives a hash to whoever goes on from the same state, once', () => {
  const hashes = new RunningHashes();
  hashes.keep('u', 'sha256', { size: 3, parts: ['a'] }, hashOf('abc'));
  const hash = hashes.take('u', 'sha256', { size: 3, parts: ['a'] });
  expect(hash && finishHash('sha256', hash)).toBe(`sha256:${hashOf('abc').digest('hex')}`);
  expect(hashes.take('u', 'sha256', { size: 3, parts: ['a'] })).toBeUndefined();
});

it.each([
  // Another process has brought the upload to the same size, with bytes that this one has not seen.
  [{ size: 3, parts: ['b'] }, 'sha256'],
  [{ size: 4, parts: ['a'] }, 'sha256'],
  [{ size: 3, parts: ['a'] }, 'sha512'],
] as const)('has none for the state %o and %s', (state, algorithm) => {
  const hashes = new RunningHashes();
  hashes.keep('u', 'sha256', { size: 3, parts: ['a'] }, hashOf('abc'));
  expect(hashes.take('u', algorithm, state)).toBeUndefined();
});

it('begins with an upload that is empty, whatever was known of its id', () => {
  const hashes = new RunningHashes();
  hashes.keep('u', 'sha256', { size: 3 }, hashOf('abc'));
  const hash = hashes.take('u', 'sha256', { size: 0 });
  expect(hash && finishHash('sha256', hash)).toBe(`sha256:${hashOf('').digest('hex')}`);
});
