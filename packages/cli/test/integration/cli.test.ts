import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../../../server/test/support/find-free-port.ts';
import { type RunningRoadstead, startRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { makeLayout, type TestLayout } from '../support/make-layout.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';
import { type Cli, createCli } from '../support/run-cli.ts';

const execute = promisify(execFile);

let opened: SignedInCli;
let folder: string;
let server: RunningRoadstead;
let cli: Cli;
let succeed: SignedInCli['succeed'];
let succeedJson: SignedInCli['succeedJson'];
let layout: TestLayout;

beforeAll(async () => {
  opened = await openSignedInCli({ projects: ['acme'] });
  ({ folder, server, cli, succeed, succeedJson } = opened);
  await server.createProject('open', { public: true });
  layout = await makeLayout(path.join(folder, 'layout'));
}, 60_000);

afterAll(() => opened?.close());

/** Every blob of a layout folder by name. */
async function readBlobs(location: string): Promise<Readonly<Record<string, string>>> {
  const blobs = path.join(location, 'blobs/sha256');
  const names = (await readdir(blobs)).sort();
  const entries = names.map(async (name) => [name, (await readFile(path.join(blobs, name))).toString('base64')]);
  return Object.fromEntries(await Promise.all(entries));
}

describe('login', () => {
  test('a login is saved so that only its owner can read it', async () => {
    const file = path.join(folder, 'config/roadstead/config.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version: 1, current: server.host });
  });

  test('a wrong password ends with exit code 4 and is not saved', async () => {
    const other = createCli(path.join(folder, 'config-wrong'));
    const { exitCode, stderr } = await other.run(
      ['login', server.host, '--username', 'admin', '--password-stdin'],
      'no',
    );
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/refused the credentials\n {2}why: .*401.*\n {2}try: /);
    expect((await other.run(['ls'])).exitCode).toBe(2);
  });

  test('credentials on the command line are used once and not saved', async () => {
    const other = createCli(path.join(folder, 'config-once'));
    const once = ['ls', '--server', server.host, '--username', 'admin', '--password-stdin'];
    expect((await other.run(once, server.admin.password)).exitCode).toBe(0);
    expect((await other.run(['ls', '--projects'])).exitCode).toBe(2);
  });

  test('a login is gone after logout', async () => {
    const other = createCli(path.join(folder, 'config-out'));
    const login = ['login', server.url, '--username', 'admin', '--password-stdin'];
    expect((await other.run(login, server.admin.password)).exitCode).toBe(0);
    expect((await other.run(['logout', server.host, '--json'])).stdout).toContain('"removed": true');
    expect((await other.run(['tags', `${server.host}/acme/none`])).exitCode).toBe(4);
  });
});

describe('push and pull', () => {
  test('what is pushed can be listed, inspected and pulled back byte for byte, with its referrers', async () => {
    const pushed = await succeedJson(['push', layout.folder, 'acme/round:1.0', 'acme/round:latest', '--referrers']);
    expect(pushed).toMatchObject({
      pushed: [
        { reference: `${server.host}/acme/round:1.0`, digest: layout.index.digest, manifestCount: 4 },
        { reference: `${server.host}/acme/round:latest`, transferredBlobCount: 0 },
      ],
    });
    expect(await succeed(['ls', 'acme/round'])).toBe('acme/round\n');
    expect(await succeed(['tags', 'acme/round'])).toBe('1.0\nlatest\n');
    const inspected = await succeedJson(['inspect', 'acme/round:1.0']);
    expect(inspected).toMatchObject({
      digest: layout.index.digest,
      manifests: layout.images.map(({ digest }) => ({ digest })),
      referrers: [{ digest: layout.referrer.digest, subject: layout.index.digest }],
    });

    const target = path.join(folder, 'pulled');
    await succeed(['pull', 'acme/round:1.0', target, '--referrers']);
    expect(await readBlobs(target)).toEqual(await readBlobs(layout.folder));
    expect((await readdir(target)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('inspect --raw prints the exact bytes that were pushed', async () => {
    await succeed(['push', layout.folder, 'acme/raw:1']);
    const file = path.join(layout.folder, 'blobs/sha256', layout.index.digest.slice(7));
    expect(await succeed(['inspect', 'acme/raw:1', '--raw'])).toBe(await readFile(file, 'utf8'));
  });

  test('a pull to a .tar can be read by tar and pushed again', async () => {
    await succeed(['push', layout.folder, 'acme/tar:1', '--referrers']);
    const tar = path.join(folder, 'image.tar');
    await succeed(['pull', 'acme/tar:1', tar, '--referrers']);
    const { stdout } = await execute('tar', ['-tf', tar]);
    expect(stdout.trim().split('\n')).toHaveLength(2 + Object.keys(await readBlobs(layout.folder)).length);
    const digest = await succeed(['push', tar, 'acme/tar-again:1', '--referrers', '--quiet']);
    expect(digest).toBe(`${layout.index.digest}\n`);
  });

  test('a second pull into the same layout downloads nothing again', async () => {
    await succeed(['push', layout.folder, 'acme/twice:1']);
    const target = path.join(folder, 'twice');
    await succeed(['pull', 'acme/twice:1', target]);
    expect(await succeedJson(['pull', 'acme/twice:1', target])).toMatchObject({
      transferredBlobCount: 0,
      presentBlobCount: 4,
    });
  });

  test('public content can be pulled without a login', async () => {
    await succeed(['push', layout.folder, 'open/app:1']);
    const anonymous = createCli(path.join(folder, 'config-anonymous'));
    const reference = `${server.host}/open/app:1`;
    expect((await anonymous.run(['pull', reference, path.join(folder, 'public')])).exitCode).toBe(0);
    const refused = await anonymous.run(['push', layout.folder, reference]);
    expect(refused.exitCode).toBe(4);
    expect(refused.stderr).toContain('roadstead login');
  });

  test('a layout with several entries is pushed as a whole with --all, or by name', async () => {
    const several = path.join(folder, 'several');
    await succeed(['push', layout.folder, 'acme/several:1']);
    await succeed(['pull', 'acme/several:1', several, '--name', 'one']);
    await succeed(['pull', 'acme/several:1', several, '--name', 'two']);
    const undecided = await cli.run(['push', several, 'acme/several']);
    expect(undecided).toMatchObject({ exitCode: 2 });
    expect(undecided.stderr).toContain('LAYOUT:one');
    await succeed(['push', `${several}:two`, 'acme/several:second']);
    await succeed(['push', several, 'acme/several', '--all']);
    expect(await succeed(['tags', 'acme/several'])).toBe('1\none\nsecond\ntwo\n');
  });
});

describe('copy', () => {
  test('a copy inside a registry mounts blobs instead of sending them', async () => {
    await succeed(['push', layout.folder, 'acme/source:1', '--referrers']);
    expect(await succeedJson(['copy', 'acme/source:1', 'open/target', '--referrers'])).toMatchObject({
      copied: [{ target: `${server.host}/open/target:1`, mountedBlobCount: 6, transferredBlobCount: 0 }],
    });
    expect(await succeedJson(['inspect', 'open/target:1'])).toMatchObject({
      referrers: [{ digest: layout.referrer.digest }],
    });
  });

  test('a copy to another registry sends everything, with every tag', async () => {
    const other = await startRoadstead();
    try {
      await other.createProject('mirror');
      await succeed(['login', other.host, '--username', 'admin', '--password-stdin'], other.admin.password);
      await succeed(['push', layout.folder, `${server.host}/acme/far:1`, `${server.host}/acme/far:2`]);
      const copied = await succeedJson(['copy', `${server.host}/acme/far`, `${other.host}/mirror/far`, '--all-tags']);
      expect(copied).toMatchObject({ copied: [{ transferredBlobCount: 4 }, { presentBlobCount: 4 }] });
      expect(await succeed(['tags', `${other.host}/mirror/far`])).toBe('1\n2\n');
    } finally {
      await succeed(['logout', other.host]);
      await other.stop();
    }
  });
});

describe('rm', () => {
  test('nothing is deleted without a terminal to ask on, or in a dry run', async () => {
    await succeed(['push', layout.folder, 'acme/kept:1']);
    expect((await cli.run(['rm', 'acme/kept:1'])).exitCode).toBe(2);
    expect(await succeedJson(['rm', 'acme/kept:1', '--dry-run'])).toMatchObject({ dryRun: true });
    expect(await succeed(['tags', 'acme/kept'])).toBe('1\n');
  });

  test('a tag is deleted and its manifest stays; a digest takes the manifest with its tags', async () => {
    await succeed(['push', layout.folder, 'acme/gone:1', 'acme/gone:2', 'acme/gone:3']);
    expect(await succeed(['rm', 'acme/gone:1', '--yes'])).toContain('stays');
    const byDigest = `acme/gone@${layout.index.digest}`;
    expect(await succeedJson(['rm', byDigest, '--yes'])).toMatchObject({ deleted: [{ tags: ['2', '3'] }] });
    expect((await cli.run(['inspect', byDigest])).exitCode).toBe(3);
  });
});

describe('exit codes and output', () => {
  test('what is not there ends with exit code 3', async () => {
    expect((await cli.run(['pull', 'acme/nothing:1', path.join(folder, 'nothing')])).exitCode).toBe(3);
    expect((await cli.run(['push', path.join(folder, 'no-layout'), 'acme/x:1'])).exitCode).toBe(3);
  });

  test('a server that is not there ends with exit code 5', async () => {
    const host = `127.0.0.1:${await findFreePort()}`;
    const { exitCode, stderr } = await cli.run(['ls', '--server', host]);
    expect(exitCode).toBe(5);
    expect(stderr).toContain(`${host} cannot be reached`);
  });

  test('a push to a project that is not there ends with exit code 4', async () => {
    expect((await cli.run(['push', layout.folder, 'absent/app:1'])).exitCode).toBe(4);
  });

  test('with --json errors are JSON too, and nothing stands on standard output', async () => {
    const { exitCode, stdout, stderr } = await cli.run(['inspect', 'acme/nothing:1', '--json']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({
      error: { exitCode: 3, message: expect.stringContaining('acme/nothing:1') },
    });
  });

  test('a wrong command line ends with exit code 2', async () => {
    for (const args of [['ls', '--bogus'], ['bogus'], ['tags'], ['tags', 'UPPER/case'], ['pull', 'acme/a:1']]) {
      expect((await cli.run(args)).exitCode, args.join(' ')).toBe(2);
    }
  });

  test('every listing is one JSON document', async () => {
    await succeed(['push', layout.folder, 'acme/json:1']);
    expect(await succeedJson(['ls'])).toMatchObject({ repositories: expect.arrayContaining(['acme/json']) });
    expect(await succeedJson(['ls', '--projects'])).toMatchObject({
      projects: expect.arrayContaining([expect.objectContaining({ name: 'open', public: true })]),
    });
    expect(await succeedJson(['tags', 'acme/json', '--long'])).toMatchObject({
      tags: [{ name: '1', digest: layout.index.digest }],
    });
  });
});

describe('completion', () => {
  test('bash takes the script as it is and completes commands, options and repositories', async () => {
    const script = await succeed(['completion', 'bash']);
    const file = path.join(folder, 'completion.bash');
    await writeFile(file, script);
    await execute('bash', ['-n', file]);
    const ask = async (...words: string[]) => {
      const list = words.map((word) => `'${word}'`).join(' ');
      const code = `roadstead() { echo acme/one; }; . ${file}; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _roadstead; echo "\${COMPREPLY[@]}"`;
      return (await execute('bash', ['-c', code])).stdout.trim();
    };
    expect(await ask('roadstead', 'lo')).toBe('login logout');
    expect(await ask('roadstead', 'tags', '--so')).toBe('--sort');
    expect(await ask('roadstead', 'tags', '--sort', 'v')).toBe('version');
    expect(await ask('roadstead', 'tags', 'ac')).toBe('acme/one');
  });

  test('the names of repositories come from the server, and an absent server says nothing', async () => {
    await succeed(['push', layout.folder, 'acme/completed:1']);
    expect(await succeed(['__repositories'])).toContain('acme/completed\n');
    const nobody = createCli(path.join(folder, 'config-nobody'));
    expect(await nobody.run(['__repositories'])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('the docker credential helper', () => {
  test('docker and roadstead share their logins', async () => {
    const shared = createCli(path.join(folder, 'config-docker'));
    const stored = { ServerURL: server.host, Username: 'admin', Secret: server.admin.password };
    expect(await shared.helper('store', JSON.stringify(stored))).toMatchObject({ exitCode: 0, stdout: '' });
    expect((await shared.run(['ls', '--projects'])).exitCode).toBe(0);
    expect(JSON.parse((await shared.helper('get', `${server.host}\n`)).stdout)).toEqual(stored);
    expect(JSON.parse((await shared.helper('list', '')).stdout)).toEqual({ [server.host]: 'admin' });
    expect((await shared.helper('erase', server.host)).exitCode).toBe(0);
    const absent = { exitCode: 1, stdout: 'credentials not found in native keychain\n' };
    expect(await shared.helper('get', server.host)).toMatchObject(absent);
  });

  test('an identity token that docker stored opens the registry', async () => {
    const response = await fetch(
      `${server.url}/service/token?service=harbor-registry&offline_token=true&client_id=docker`,
      {
        headers: { authorization: `Basic ${Buffer.from(`admin:${server.admin.password}`).toString('base64')}` },
      },
    );
    const { refresh_token: token } = (await response.json()) as { refresh_token: string };
    expect(token).toBeTypeOf('string');
    await succeed(['push', layout.folder, 'acme/identity:1']);
    const shared = createCli(path.join(folder, 'config-identity'));
    await shared.helper('store', JSON.stringify({ ServerURL: server.host, Username: '<token>', Secret: token }));
    expect(await shared.run(['tags', `${server.host}/acme/identity`])).toMatchObject({ exitCode: 0, stdout: '1\n' });
  });
});

describe('commands of the server', () => {
  test('they are handed to the server with their arguments, and its exit code comes back', async () => {
    const help = await cli.run(['config', 'check', '--help']);
    expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('check') });
    expect((await cli.run(['admin', 'no-such-command'])).exitCode).not.toBe(0);
  });
});
