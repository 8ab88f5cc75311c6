import { expect, test } from 'vitest';
import { CliError, usageError } from './cli-error.ts';
import { EXIT_CODE } from './exit-code.ts';
import { renderError } from './render-error.ts';

const PLAIN = { json: false, debug: false };

test('an error says what, why and what to do, without a stack trace', () => {
  const error = new CliError(EXIT_CODE.network, 'x cannot be reached', { why: 'ECONNREFUSED', remedy: 'start it' });
  expect(renderError(error, PLAIN)).toEqual({
    text: 'roadstead: x cannot be reached\n  why: ECONNREFUSED\n  try: start it\n',
    exitCode: EXIT_CODE.network,
  });
});

test('with debugging the stacks of the error and of its causes follow', () => {
  const error = new CliError(EXIT_CODE.failure, 'outer', { cause: new Error('inner') });
  expect(renderError(error, { json: false, debug: true }).text).toMatch(
    /outer[\s\S]*at [\s\S]*caused by: Error: inner/,
  );
});

test('what a server says cannot move the cursor', () => {
  const text = renderError(new CliError(EXIT_CODE.failure, 'bad \u001b[2J name', { why: 'a\u009bb\rc' }), PLAIN).text;
  expect(text).toBe('roadstead: bad \ufffd[2J name\n  why: a\ufffdb\ufffdc\n');
});

test('as JSON an error is one line', () => {
  const { text } = renderError(usageError('wrong\nline'), { json: true, debug: false });
  expect(text.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(text)).toEqual({ error: { exitCode: 2, message: 'wrong\nline', why: null, remedy: null } });
});

test('a full disk and a forbidden file are explained', () => {
  const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' });
  expect(renderError(full, PLAIN).text).toContain('the disk is full');
  const forbidden = Object.assign(new Error('open failed'), { code: 'EACCES' });
  expect(renderError(forbidden, PLAIN)).toMatchObject({ exitCode: 1, text: expect.stringContaining('owner and mode') });
});
