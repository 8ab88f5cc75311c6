import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningRoadstead, startRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { runProgram } from '../../src/program.ts';
import { createTestRuntime } from '../support/create-test-runtime.ts';
import { createCli } from '../support/run-cli.ts';

const API = '/api/roadstead/v1';
const PASSWORD = 'Some-Password-1';
const CODE = /\n {2}([B-Z]{4}-[B-Z]{4})\n/;

describe('a login with a browser', () => {
  let server: RunningRoadstead;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'roadstead-cli-'));
    server = await startRoadstead();
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const asAdmin = { authorization: `Basic ${Buffer.from(`admin:Correct-horse-9-battery`).toString('base64')}` };
  const sendJson = (url: string, body: unknown, headers: Record<string, string>) =>
    fetch(`${server.url}${url}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const createUser = async (username: string) => {
    const made = await sendJson(`${API}/users`, { username, password: PASSWORD, mustChangePassword: false }, asAdmin);
    expect(made.status).toBe(201);
  };

  /** What somebody does with a browser, by hand: forms and a cookie. */
  async function decide(fields: Record<string, string>, decision: string, code?: string): Promise<void> {
    const post = (target: string, form: Record<string, string>, cookie = '') =>
      fetch(`${server.url}${target}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie },
        body: new URLSearchParams(form),
      });
    const fieldOf = (html: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
    let opened = await post('/device/sign-in', fields);
    if (opened.status === 200) {
      const html = await opened.text();
      const challenge = fieldOf(html, 'challenge');
      opened = await post('/device/second-factor', {
        user_code: fields['user_code'] ?? '',
        challenge,
        code: code ?? '',
      });
    }
    expect(opened.status).toBe(303);
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await fetch(`${server.url}${opened.headers.get('location')}`, { headers: { cookie } });
    const html = await page.text();
    const form = { user_code: fieldOf(html, 'user_code'), csrf: fieldOf(html, 'csrf'), decision };
    expect((await post('/device/decide', form, cookie)).status).toBe(200);
  }

  async function waitForCode(readStderr: () => string): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const code = CODE.exec(readStderr())?.[1];
      if (code !== undefined) return code;
      await setTimeout(100);
    }
    throw new Error(`no code was shown: ${readStderr()}`);
  }

  test('shows an address and a code, waits, and keeps the token for what comes then', async () => {
    await createUser('ann');
    const home = path.join(folder, 'ann');
    const cli = createCli(home);
    const { child, result } = cli.start(['login', server.host, '--device', '--json']);
    let stderr = '';
    child.stderr?.on('data', (data) => {
      stderr += data;
    });
    const code = await waitForCode(() => stderr);
    expect(stderr).toContain(`  ${server.url}/device\n`);
    await decide({ user_code: code, username: 'ann', password: PASSWORD }, 'approve');
    const done = await result;
    expect(done.exitCode, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({
      server: server.host,
      username: 'ann',
      tokenExpiresAt: expect.stringMatching(/^20/),
    });
    expect(await readFile(path.join(home, 'roadstead/config.json'), 'utf8')).toContain('roadstead_pat_');
    expect(done.stdout + done.stderr).not.toContain('roadstead_pat_');
    const used = await cli.run(['ls', '--projects', '--json']);
    expect(used.exitCode, used.stderr).toBe(0);
    const helped = await cli.helper('get', server.host);
    expect(JSON.parse(helped.stdout)).toMatchObject({
      Username: 'ann',
      Secret: expect.stringContaining('roadstead_pat_'),
    });
  });

  test('that is denied says so, and saves nothing', async () => {
    await createUser('bob');
    const home = path.join(folder, 'bob');
    const { child, result } = createCli(home).start(['login', server.host, '--device']);
    let stderr = '';
    child.stderr?.on('data', (data) => {
      stderr += data;
    });
    await decide({ user_code: await waitForCode(() => stderr), username: 'bob', password: PASSWORD }, 'deny');
    const done = await result;
    expect([done.exitCode, done.stderr]).toEqual([4, expect.stringContaining('denied in the browser')]);
    await expect(readFile(path.join(home, 'roadstead/config.json'))).rejects.toThrow();
  });

  /** The command on a terminal: what is typed goes in as it asks. */
  function runOnTerminal(home: string, answers: Readonly<Record<string, string>>) {
    const { runtime, output, stdin } = createTestRuntime({
      env: { XDG_CONFIG_HOME: path.join(folder, home) },
      nowMs: () => Date.now(),
      sleepMs: async (milliseconds) => {
        await setTimeout(milliseconds);
      },
    });
    Object.assign(stdin, { isTTY: true, setRawMode: () => undefined });
    const write = runtime.stderr.write.bind(runtime.stderr);
    runtime.stderr.write = (text) => {
      write(text);
      const [, answer] = Object.entries(answers).find(([question]) => String(text).startsWith(question)) ?? [];
      if (answer !== undefined) stdin.write(`${answer}\n`);
    };
    return { exitCode: runProgram(runtime, ['login', server.host]), output };
  }

  test('takes the place of a password that the server does not take alone', async () => {
    await createUser('cyd');
    const basic = { authorization: `Basic ${Buffer.from(`cyd:${PASSWORD}`).toString('base64')}` };
    const begun = await sendJson(`${API}/second-factor/totp`, undefined, basic);
    const { secret } = (await begun.json()) as { secret: string };
    const body = { code: generateSync({ secret, epoch: Date.now() / 1_000 - 30 }) };
    expect((await sendJson(`${API}/second-factor/totp/confirm`, body, basic)).status).toBe(200);

    const plain = await createCli(path.join(folder, 'cyd-plain')).run(
      ['login', server.host, '--username', 'cyd', '--password-stdin'],
      PASSWORD,
    );
    expect([plain.exitCode, plain.stderr]).toEqual([4, expect.stringContaining('personal access token')]);

    const { exitCode, output } = runOnTerminal('cyd', { 'User name': 'cyd', Password: PASSWORD });
    const code = await waitForCode(() => output.stderr);
    await decide({ user_code: code, username: 'cyd', password: PASSWORD }, 'approve', generateSync({ secret }));
    expect(await exitCode, output.stderr).toBe(0);
    expect(output.stdout).toMatch(/^Logged in to .* as cyd with an access token that ends 20/);
  });

  test('is begun by who names nobody on a terminal', async () => {
    await createUser('dan');
    const { exitCode, output } = runOnTerminal('dan', { 'User name': '' });
    await decide({ user_code: await waitForCode(() => output.stderr), username: 'dan', password: PASSWORD }, 'approve');
    expect(await exitCode, output.stderr).toBe(0);
  });

  test('takes no name and no password', async () => {
    const done = await createCli(path.join(folder, 'none')).run([
      'login',
      server.host,
      '--device',
      '--username',
      'ann',
    ]);
    expect([done.exitCode, done.stderr]).toEqual([2, expect.stringContaining('--device asks for no name')]);
  });
});
