import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ForeignIssuer } from '../../../server/test/support/foreign-issuer.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';

const issuer = new ForeignIssuer('localhost');
let opened: SignedInCli;
let id = '';

beforeAll(async () => {
  await issuer.open();
  const env = (folder: string) => {
    const authority = path.join(folder, 'authority.pem');
    writeFileSync(authority, issuer.certificatePem);
    return { ROADSTEAD_EGRESS_ALLOW: 'localhost,127.0.0.1/32', NODE_EXTRA_CA_CERTS: authority };
  };
  opened = await openSignedInCli({ projects: ['acme'], env });
  const create = [
    'workload-rule',
    'create',
    'release',
    '--project',
    'acme',
    '--allow',
    'repository:pull,repository:push',
  ];
  const trust = ['--issuer', issuer.issuer, '--claim', 'repository=octo-org/app', '--claim', 'ref=refs/heads/main'];
  id = String((await opened.succeedJson<{ id: number }>([...create, ...trust])).id);
}, 60_000);
afterAll(async () => {
  await opened?.close();
  await issuer.close();
});

function sign(changes: object = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { repository: 'octo-org/app', ref: 'refs/heads/main', sub: 'repo:octo-org/app' };
  const times = { iat: now, nbf: now, exp: now + 300 };
  return issuer.sign({ iss: issuer.issuer, aud: opened.server.url, ...claims, ...times, ...changes });
}

const TEST = ['workload-rule', 'test', '--project', 'acme'];

// Every command is a process of its own.
describe('workload-rule test', { timeout: 60_000 }, () => {
  test('says that a rule takes a token, as an argument, in a file and on standard input', async () => {
    const token = await sign();
    const file = path.join(opened.folder, 'token');
    await writeFile(file, `${token}\n`);
    const shown = await opened.succeed([...TEST, token]);
    expect(shown).toMatch(/^Issuer: +https:\/\/localhost:\d+$/m);
    expect(shown).toMatch(/^Subject: +repo:octo-org\/app$/m);
    expect(shown).toMatch(new RegExp(`^${id} +release +yes$`, 'm'));
    expect(await opened.succeed([...TEST, file])).toBe(shown);
    expect(await opened.succeed([...TEST, '-'], `${token}\n`)).toBe(shown);
    expect(await opened.succeed([...TEST, file, '--quiet'])).toBe('');
    expect(await opened.succeedJson([...TEST, file])).toMatchObject({ taken: true, rules: [{ takes: true }] });
  });

  test('says which condition failed, and what the claim is', async () => {
    const token = await sign({ ref: 'refs/heads/\u001b[31mx', aud: 'other', repository: undefined });
    const { exitCode, stdout, stderr } = await opened.cli.run([...TEST, token]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no rule of the project acme takes the token');
    expect(stdout).toContain(`it is for the audience ${opened.server.url}`);
    expect(stdout).toContain('repository is missing; it must be "octo-org/app"');
    expect(stdout).toContain('ref is "refs/heads/\\u001b[31mx"; it must be "refs/heads/main"');
    expect(stdout + stderr).not.toContain(token);
  });

  test('says what is wrong with a token that no rule could take', async () => {
    const over = await opened.cli.run([...TEST, await sign({ iat: 1, nbf: 1, exp: 2 })]);
    expect([over.exitCode, over.stdout]).toEqual([1, expect.stringContaining('the life of the token is over (exp)')]);
    const none = await opened.cli.run([...TEST, '-'], 'nothing\n');
    expect([none.exitCode, none.stdout]).toEqual([1, expect.stringContaining('no signed JWT of three parts')]);
    const [head, body] = (await sign()).split('.');
    const cut = await opened.cli.run([...TEST, `${head}.${body}`]);
    expect([cut.exitCode, cut.stderr.includes(String(head))]).toEqual([3, false]);
  });
});

describe('workload-rule update', { timeout: 60_000 }, () => {
  const update = (...args: readonly string[]) => ['workload-rule', 'update', id, '--project', 'acme', ...args];

  test('changes what is named and keeps the rest', async () => {
    const token = await sign({ ref: 'refs/tags/v1' });
    expect((await opened.cli.run([...TEST, token])).exitCode).toBe(1);
    await opened.succeed(update('--claim', 'repository=octo-org/app', '--claim', 'ref=refs/tags/v*'));
    await opened.succeed([...TEST, token]);
    expect(await opened.succeed(update('--disable', '--allow', 'repository:pull'))).toMatch(
      /release +disabled +https:\S+ +repository=octo-org\/app ref=refs\/tags\/v\* +repository:pull$/m,
    );
    const off = await opened.cli.run([...TEST, token]);
    expect([off.exitCode, off.stdout]).toEqual([1, expect.stringContaining('it is disabled')]);
    const changed = await opened.succeedJson(update('--enable', '--name', 'tags'));
    expect(changed).toMatchObject({ id: Number(id), name: 'tags', disabled: false, audience: opened.server.url });
    await opened.succeed([...TEST, token]);
  });

  test('changes nothing by mistake', async () => {
    expect((await opened.cli.run(update())).exitCode).toBe(2);
    expect((await opened.cli.run(update('--enable', '--disable'))).exitCode).toBe(2);
    const broad = await opened.cli.run(update('--claim', 'ref=**'));
    expect([broad.exitCode, broad.stderr]).toEqual([1, expect.stringContaining('match every token')]);
    expect((await opened.cli.run(['workload-rule', 'update', '999', '--project', 'acme', '--disable'])).exitCode).toBe(
      3,
    );
  });
});
