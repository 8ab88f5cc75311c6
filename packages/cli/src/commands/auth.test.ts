import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestRuntime } from '../../test/support/create-test-runtime.ts';
import { type HttpFixture, serveHttp } from '../../test/support/serve-http.ts';
import { runProgram } from '../program.ts';

const SENTENCE = 'carol may not repository:push in the repository acme/team/app: no rule gives it.';

let fixture: HttpFixture;
let asked: string;
let isAllowed: boolean;
let status: number;

beforeEach(async () => {
  status = 200;
  fixture = await serveHttp((request, response) => {
    asked = request.url ?? '';
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ allowed: isAllowed, rule: { kind: 'no-rule' }, sentence: SENTENCE }));
  });
});
afterEach(() => fixture[Symbol.asyncDispose]());

async function run(args: readonly string[]) {
  const { runtime, output } = createTestRuntime();
  const exitCode = await runProgram(runtime, [...args, '--server', fixture.host]);
  return { exitCode, ...output };
}

test('auth can-i asks for a place in pieces, and ends with 1 and the rule when the answer is no', async () => {
  isAllowed = false;
  const args = ['auth', 'can-i', 'push', 'repository', 'acme/team/app', '--as', 'robot:robot$acme+ci'];
  expect(await run(args)).toEqual({ exitCode: 1, stdout: `${SENTENCE}\n`, stderr: '' });
  const query = new URLSearchParams(asked.split('?')[1]);
  expect(Object.fromEntries(query)).toEqual({
    action: 'push',
    resource: 'repository',
    project: 'acme',
    repository: 'team/app',
    as: 'robot:robot$acme+ci',
  });
});

test('auth can-i ends with 0 when the answer is yes, and gives JSON', async () => {
  isAllowed = true;
  const { exitCode, stdout } = await run(['auth', 'can-i', 'create', 'project', '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    server: fixture.host,
    allowed: true,
    rule: { kind: 'no-rule' },
    sentence: SENTENCE,
  });
  expect(asked).toBe('/api/roadstead/v1/access/explain?action=create&resource=project');
});

test.each([
  [500, 8],
  [404, 3],
  [403, 4],
])('auth can-i ends with no code of an answer when there is none: %i', async (answered, exitCode) => {
  status = answered;
  isAllowed = false;
  const outcome = await run(['auth', 'can-i', 'push', 'repository', 'acme/app']);
  expect(outcome).toMatchObject({
    exitCode,
    stdout: '',
    stderr: expect.stringContaining('cannot ask what is allowed'),
  });
});

test.each([
  ['acme/', []],
  ['/app', []],
  ['acme', ['--as', 'carol']],
  ['acme', ['--as', 'user:']],
])('auth can-i takes no place %s with %j', async (place, options) => {
  expect((await run(['auth', 'can-i', 'pull', 'repository', place, ...options])).exitCode).toBe(2);
  expect(fixture.requests).toEqual([]);
});
