import { expect, test } from 'vitest';
import { EXIT_CODE } from '../exit-code.ts';
import { createResponseError } from './response-error.ts';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
}

test('codes and messages of the server are shown', async () => {
  const body = { errors: [{ code: 'NAME_UNKNOWN', message: 'no such repository' }] };
  expect(await createResponseError(answer(404, body), 'read x')).toMatchObject({
    message: 'cannot read x',
    exitCode: EXIT_CODE.notFound,
    why: 'the server answered 404; NAME_UNKNOWN: no such repository',
    remedy: expect.stringContaining('roadstead ls'),
  });
});

test.each([
  [401, EXIT_CODE.authentication],
  [403, EXIT_CODE.authentication],
  [405, EXIT_CODE.conflict],
  [412, EXIT_CODE.conflict],
  [500, EXIT_CODE.failure],
] as const)('an answer of %d ends with exit code %d', async (status, exitCode) => {
  expect((await createResponseError(answer(status, ''), 'x')).exitCode).toBe(exitCode);
});

test('a wrong digest is a failed verification whatever the status is', async () => {
  const error = await createResponseError(answer(400, { errors: [{ code: 'DIGEST_INVALID' }] }), 'x');
  expect(error.exitCode).toBe(EXIT_CODE.verification);
});

test('of a page of HTML one short line is shown', async () => {
  const error = await createResponseError(answer(502, `<html><b>Bad</b>\n<i>Gateway</i>${'x'.repeat(1000)}`), 'x');
  expect(error.why).toMatch(
    /^the server answered 502; Bad Gatewayx{100,290}$|^the server answered 502; Bad Gateway ?x+$/,
  );
  expect(error.why?.length).toBeLessThan(340);
});

test('a limit says when to come back', async () => {
  const error = await createResponseError(answer(429, '', { 'retry-after': '3600' }), 'x');
  expect(error.remedy).toBe('repeat after 3600');
});
