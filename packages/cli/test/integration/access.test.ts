import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';
import type { Cli } from '../support/run-cli.ts';

let opened: SignedInCli;
let server: RunningRoadstead;
let cli: Cli;
let succeed: SignedInCli['succeed'];
let succeedJson: SignedInCli['succeedJson'];

beforeAll(async () => {
  opened = await openSignedInCli({ projects: ['acme'] });
  ({ server, cli, succeed, succeedJson } = opened);
}, 60_000);
afterAll(() => opened?.close());

/** The status of `GET /v2/acme/app/tags/list`, which is 404 for who may pull. */
async function look(username: string, password: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return (await fetch(`${server.url}/v2/acme/app/tags/list`, { headers: { authorization } })).status;
}

// Every command is a process of its own.
describe('workload-rule', { timeout: 60_000 }, () => {
  test('a rule is made, listed and deleted', async () => {
    const create = ['workload-rule', 'create', 'release', '--project', 'acme', '--allow', 'repository:pull'];
    const trust = ['--github', 'octo-org/app', '--ref', 'refs/heads/main'];
    const { id, audience } = await succeedJson<{ id: number; audience: string }>([...create, ...trust]);
    expect(audience).toBe(server.url);
    const shown = await succeed(['workload-rule', 'list', '--project', 'acme']);
    expect(shown).toMatch(
      /release +enabled +https:\/\/token\S+ +repository=octo-org\/app ref=refs\/heads\/main +repository:pull/,
    );
    const broad = await cli.run([...create, '--issuer', 'https://gitlab.com', '--claim', 'ref=main']);
    expect(broad.exitCode).not.toBe(0);
    expect(broad.stderr).toContain('name the owner without a star');
    const unasked = await cli.run(['workload-rule', 'delete', String(id), '--project', 'acme']);
    expect([unasked.exitCode, unasked.stderr.includes('--yes')]).toEqual([2, true]);
    await succeed(['workload-rule', 'delete', String(id), '--project', 'acme', '--yes']);
    expect(await succeedJson(['workload-rule', 'list', '--project', 'acme'])).toMatchObject({ rules: [] });
  });
});

describe('robot', { timeout: 60_000 }, () => {
  test('a robot of a project is made, listed, disabled, enabled and deleted', async () => {
    const create = ['robot', 'create', 'ci', '--project', 'acme', '--allow', 'repository:pull', '--days', '7'];
    const { id, name, secret } = await succeedJson<{ id: number; name: string; secret: string }>(create);
    expect(name).toBe('robot$acme+ci');
    expect(await look(name, secret)).toBe(404);
    const shown = await succeed(['robot', 'list', '--project', 'acme']);
    expect(shown).toMatch(new RegExp(`^${id} +robot\\$acme\\+ci +enabled +20\\S+Z +acme=repository:pull$`, 'm'));
    expect(shown).not.toContain(secret);
    expect(await succeed(['robot', 'disable', String(id)])).toBe('The robot robot$acme+ci is disabled.\n');
    expect(await look(name, secret)).toBe(401);
    await succeed(['robot', 'enable', String(id)]);
    expect(await look(name, secret)).toBe(404);
    const unasked = await cli.run(['robot', 'delete', String(id)]);
    expect([unasked.exitCode, unasked.stderr.includes('--yes')]).toEqual([2, true]);
    await succeed(['robot', 'delete', String(id), '--yes']);
    expect(await look(name, secret)).toBe(401);
    expect((await cli.run(['robot', 'disable', String(id)])).exitCode).toBe(3);
  });

  test('a robot of the server has a chosen secret, and another with an overlap; --quiet prints nothing but it', async () => {
    const create = ['robot', 'create', 'all', '--allow', '*=repository:pull', '--for-ever', '--secret-stdin'];
    const made = await succeed(create, 'Chosen-Secret-1\n');
    expect(made).not.toContain('Chosen-Secret-1');
    const { robots } = await succeedJson<{ robots: { id: number; expires_at: number }[] }>(['robot', 'list']);
    expect(robots).toMatchObject([{ name: 'robot$all', expires_at: -1 }]);
    const id = String(robots[0]?.id);
    expect(await look('robot$all', 'Chosen-Secret-1')).toBe(404);
    const second = (await succeed(['robot', 'rotate', id, '--overlap', '1h', '--quiet'])).trim();
    expect(second).toMatch(/^[A-Za-z0-9]{32}$/);
    for (const secret of ['Chosen-Secret-1', second]) expect(await look('robot$all', secret)).toBe(404);
    const third = await succeed(['robot', 'rotate', id]);
    expect(third).toMatch(/The old one works no more\.\nIt is not shown again:\n[A-Za-z0-9]{32}\n$/);
    for (const secret of ['Chosen-Secret-1', second]) expect(await look('robot$all', secret)).toBe(401);
    await succeed(['robot', 'rotate', id, '--secret-stdin'], 'Chosen-Secret-2\n');
    expect(await look('robot$all', 'Chosen-Secret-2')).toBe(404);
  });

  test('mistakes are told before anything is asked of the server', async () => {
    for (const args of [
      ['robot', 'create', 'x'],
      ['robot', 'create', 'x', '--allow', 'repository:pull'],
      ['robot', 'create', 'x', '--allow', '*=repository:pull', '--days', 'soon'],
      ['robot', 'create', 'x', '--allow', '*=repository:pull', '--days', '1', '--for-ever'],
      ['robot', 'rotate', 'ci'],
      ['robot', 'rotate', '1', '--overlap', 'long'],
      ['robot', 'rotate', '1', '--secret-stdin', '--username', 'admin', '--password-stdin'],
      ['token', 'revoke', 'laptop'],
    ]) {
      const { exitCode, stdout } = await cli.run(args);
      expect({ args, exitCode, stdout }).toEqual({ args, exitCode: 2, stdout: '' });
    }
  });
});

describe('token', { timeout: 60_000 }, () => {
  test('a token is made, listed without itself, used as a password and revoked', async () => {
    const create = ['token', 'create', 'laptop', '--allow', 'acme=repository:pull', '--days', '30'];
    const { id, token } = await succeedJson<{ id: number; token: string }>(create);
    expect(await look('admin', token)).toBe(404);
    const shown = await succeed(['token', 'list']);
    expect(shown).toMatch(new RegExp(`^${id} +laptop +20\\S+Z +(20\\S+Z|never) +acme=repository:pull$`, 'm'));
    expect(shown).not.toContain(token);
    const refused = await cli.run(['token', 'list', '--username', 'admin', '--password-stdin'], `${token}\n`);
    expect(refused.exitCode).toBe(4);
    expect(await succeed(['token', 'revoke', String(id)])).toBe(`Revoked access token ${id}.\n`);
    expect(await look('admin', token)).toBe(401);
    const unbounded = (await succeed(['token', 'create', 'second', '--quiet'])).trim();
    expect(unbounded).toMatch(/^roadstead_pat_/);
    expect(await succeed(['token', 'list', '--user', 'admin'])).toContain('what its owner may');
    expect((await cli.run(['token', 'list', '--user', 'nobody'])).exitCode).toBe(3);
  });
});
