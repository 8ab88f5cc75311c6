import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';
import type { Cli } from '../support/run-cli.ts';

const PASSWORD = 'Some-Password-1';

let opened: SignedInCli;
let server: RunningRoadstead;
let cli: Cli;
let succeed: SignedInCli['succeed'];

beforeAll(async () => {
  opened = await openSignedInCli({ env: () => ({ ROADSTEAD_EXTERNAL_URL: 'https://registry.example' }) });
  ({ server, cli, succeed } = opened);
}, 60_000);

afterAll(() => opened?.close());

async function signIn(username: string, password: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return (await fetch(`${server.url}/v2/`, { headers: { authorization } })).status;
}

// Every command is a process of its own.
describe('user', { timeout: 60_000 }, () => {
  test('makes, shows, shuts, opens and deletes accounts', async () => {
    const create = ['user', 'create', 'carol', '--email', 'carol@example.com', '--new-password-stdin'];
    expect(await succeed([...create, '--keep-password'], `${PASSWORD}\n`)).toBe('Created carol.\n');
    expect(await signIn('carol', PASSWORD)).toBe(200);
    expect((await cli.run(create, `${PASSWORD}\n`)).exitCode).toBe(7);
    expect(await succeed(['user', 'disable', 'carol'])).toBe('Disabled carol: its tokens and sessions have ended.\n');
    expect(await signIn('carol', PASSWORD)).toBe(401);
    expect(await succeed(['user', 'list'])).toMatch(
      /^ID +NAME +E-MAIL +SECOND FACTOR +STATE\n\d+ +admin +- +- +administrator\n\d+ +carol +carol@example\.com +- +disabled\n$/,
    );
    expect(await succeed(['user', 'enable', 'carol'])).toBe('Enabled carol.\n');
    expect(await signIn('carol', PASSWORD)).toBe(200);
    expect((await cli.run(['user', 'delete', 'carol'])).exitCode).toBe(2);
    expect(await succeed(['user', 'delete', 'carol', '--yes'])).toBe('Deleted carol.\n');
    expect(await signIn('carol', PASSWORD)).toBe(401);
    expect(await succeed(['user', 'list', '--quiet'])).toBe('admin\n');
    for (const args of [
      ['delete', 'carol', '--yes'],
      ['disable', 'carol'],
    ]) {
      expect((await cli.run(['user', ...args])).exitCode).toBe(3);
    }
  });

  test('takes second factors away, of accounts that have none as well', async () => {
    await succeed(['user', 'create', 'erin', '--new-password-stdin', '--keep-password'], `${PASSWORD}\n`);
    expect(await succeed(['user', 'reset-second-factor', 'erin'])).toBe('erin has no second factor any more.\n');
    expect(await signIn('erin', PASSWORD)).toBe(200);
    expect((await cli.run(['user', 'reset-second-factor', 'nobody'])).exitCode).toBe(3);
    await succeed(['user', 'delete', 'erin', '--yes']);
  });

  test('invites by mail, again, takes it back, and mails who has forgotten the password', async () => {
    const invite = ['user', 'invite', 'frank', '--email', 'frank@example.com'];
    expect(await cli.run(invite)).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('sends no mail') });
    // Nothing listens there: the mails wait.
    const mail = { server: { host: '127.0.0.1', port: 1, security: 'none' }, from: { address: 'a@example.com' } };
    const authorization = `Basic ${Buffer.from(`${server.admin.username}:${server.admin.password}`).toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const settings = `${server.url}/api/roadstead/v1/mail/settings`;
    expect((await fetch(settings, { method: 'PUT', headers, body: JSON.stringify(mail) })).status).toBe(200);
    expect((await cli.run(['user', 'invite', 'frank'])).exitCode).toBe(2);
    expect(await succeed(invite)).toBe('Invited frank: a link is on its way to frank@example.com.\n');
    expect((await cli.run(invite)).exitCode).toBe(2);
    expect(await succeed(['user', 'invite', 'frank'])).toBe('Another link is on its way to frank.\n');
    const withdraw = ['user', 'withdraw-invitation', 'frank'];
    expect(await succeed(withdraw)).toBe('The link that frank was invited by is over.\n');
    expect((await cli.run(withdraw)).exitCode).toBe(3);
    expect((await cli.run(['user', 'reset-password', 'frank'])).exitCode).toBe(2);
    expect((await cli.run(['user', 'reset-password', 'frank', '--mail'])).exitCode).toBe(7);
    await succeed(['user', 'passwd', 'frank', '--new-password-stdin'], `${PASSWORD}\n`);
    const text = 'A link to choose a password is on its way to frank.\n';
    expect(await succeed(['user', 'reset-password', 'frank', '--mail'])).toBe(text);
    await succeed(['user', 'delete', 'frank', '--yes']);
  });

  test('sets a password that has to be changed, and takes none as an argument', async () => {
    await succeed(['user', 'create', 'dave', '--new-password-stdin'], `${PASSWORD}\n`);
    expect(await signIn('dave', PASSWORD)).toBe(403);
    await succeed(['user', 'passwd', 'dave', '--new-password-stdin', '--keep-password'], 'Another-Password-2\n');
    expect(await signIn('dave', 'Another-Password-2')).toBe(200);
    const { items } = JSON.parse(await succeed(['user', 'list', '--json']));
    expect(items).toMatchObject([{ username: 'admin' }, { username: 'dave', mustChangePassword: false }]);
    expect(await succeed(['user', 'list', '--without-second-factor', '--quiet'])).toBe('admin\ndave\n');
    expect((await cli.run(['user', 'passwd', 'dave'])).exitCode).toBe(2);
    expect((await cli.run(['user', 'passwd', 'dave', 'Secret-1'])).exitCode).toBe(2);
    const weak = await cli.run(['user', 'passwd', 'dave', '--new-password-stdin'], 'weak\n');
    expect(weak).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('8 to 128 characters') });
  });
});
