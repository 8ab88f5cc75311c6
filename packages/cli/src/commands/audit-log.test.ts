import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestRuntime } from '../../test/support/create-test-runtime.ts';
import { type HttpFixture, serveHttp } from '../../test/support/serve-http.ts';
import { runProgram } from '../program.ts';

interface Entry {
  readonly id: number;
  readonly at: string;
  readonly resource: string;
}

let fixture: HttpFixture;
let entries: Entry[];
/** Called before each answer. */
let onAsked: (count: number) => void;
let status: number;

const entry = (id: number, second: number, resource = `entry ${id}`): Entry => ({
  id,
  at: new Date(Date.UTC(2030, 0, 1, 0, 0, second)).toISOString(),
  resource,
});

beforeEach(async () => {
  entries = [];
  status = 200;
  onAsked = () => undefined;
  fixture = await serveHttp((request, response, count) => {
    onAsked(count);
    const url = new URL(request.url, 'http://server');
    if (url.pathname.endsWith('.csv')) {
      response.writeHead(status, { 'content-type': 'text/csv' }).end('"id"\r\n"1"\r\n');
      return;
    }
    const since = url.searchParams.get('since') ?? '';
    const limit = Number(url.searchParams.get('limit'));
    const before = Number(url.searchParams.get('before') ?? Number.POSITIVE_INFINITY);
    const found = entries.filter((each) => each.at >= since && each.id < before).toReversed();
    const items = found.slice(0, limit).map((each) => ({
      ...each,
      kind: 'tag.moved',
      outcome: 'done',
      actor: { key: 'user:1', name: 'ann' },
      address: '192.0.2.1',
    }));
    const next = found.length > limit ? String(items.at(-1)?.id) : null;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? { items, next } : { errors: [{ code: 'DENIED', message: 'no' }] }));
  });
});
afterEach(() => fixture[Symbol.asyncDispose]());

async function run(...args: string[]) {
  const { runtime, output } = createTestRuntime({
    nowMs: () => Date.UTC(2030, 0, 1, 1),
    sleepMs: async () => undefined,
  });
  const exitCode = await runProgram(runtime, ['audit', 'log', '--server', fixture.host, ...args]);
  return { exitCode, ...output };
}

test('shows the newest, a line each, as many as it is asked for', async () => {
  entries = Array.from({ length: 250 }, (_, index) => entry(index + 1, 1));
  const { exitCode, stdout } = await run('--limit', '230');
  expect(exitCode).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toBe('AT                    WHO  WHAT       OUTCOME  RESOURCE   FROM');
  expect(lines[1]).toBe('2030-01-01 00:00:01Z  ann  tag.moved  done     entry 250  192.0.2.1');
  expect(lines).toHaveLength(231);
  expect(fixture.requests.map(({ url }) => new URL(url, 'http://x').searchParams.get('limit'))).toEqual([
    '100',
    '100',
    '30',
  ]);
});

test('asks for what it is told to', async () => {
  await run(
    '--project',
    'acme',
    '--actor',
    'ann',
    '--kind',
    'login.',
    '--text',
    'a b',
    '--since',
    '2h',
    '--until',
    '2030-01-01',
  );
  const { searchParams } = new URL(fixture.requests[0]?.url ?? '', 'http://x');
  expect(Object.fromEntries(searchParams)).toEqual({
    project: 'acme',
    actor: 'ann',
    kind: 'login.',
    q: 'a b',
    since: '2029-12-31T23:00:00.000Z',
    until: '2030-01-01',
    limit: '50',
  });
  for (const wrong of [
    ['--since', 'yesterday'],
    ['--limit', '0'],
    ['--csv', '--follow'],
  ]) {
    expect((await run(...wrong)).exitCode, wrong.join(' ')).toBe(2);
  }
});

test('prints JSON, and CSV as it comes', async () => {
  entries = [entry(1, 1)];
  expect(JSON.parse((await run('--json')).stdout)).toMatchObject({ items: [{ id: 1, resource: 'entry 1' }] });
  expect((await run('--csv')).stdout).toBe('"id"\r\n"1"\r\n');
});

test('follows: each entry once, in order, late ones too, and no escape sequence reaches the terminal', async () => {
  entries = [entry(1, 1, 'first\u001b[2J')];
  onAsked = (count) => {
    if (count === 2) entries.push(entry(3, 30), entry(4, 31));
    // It was committed late.
    if (count === 3) entries = [entry(1, 1), entry(2, 29), entry(3, 30), entry(4, 31)];
    if (count === 4) entries.push(entry(5, 200));
    if (count === 6) status = 403;
  };
  const { exitCode, stdout } = await run('--follow', '--since', '2030-01-01');
  expect(exitCode).not.toBe(0);
  expect(stdout.trimEnd().split('\n')).toEqual([
    '2030-01-01 00:00:01Z  ann  tag.moved  done  first\ufffd[2J  192.0.2.1',
    ...[
      ['00:00:30', 3],
      ['00:00:31', 4],
      ['00:00:29', 2],
      ['00:03:20', 5],
    ].map(([time, id]) => `2030-01-01 ${time}Z  ann  tag.moved  done  entry ${id}  192.0.2.1`),
  ]);
});
