import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { makeLayout, type TestLayout } from '../support/make-layout.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';
import { type Cli, createCli } from '../support/run-cli.ts';

let opened: SignedInCli;
let folder: string;
let server: RunningRoadstead;
let cli: Cli;
let succeed: SignedInCli['succeed'];
let succeedJson: SignedInCli['succeedJson'];
let layout: TestLayout;

beforeAll(async () => {
  opened = await openSignedInCli({
    env: () => ({ ROADSTEAD_COLLECTION_CAP: '1MiB', ROADSTEAD_SCRUB_RATE: '0' }),
    projects: ['acme'],
  });
  ({ folder, server, cli, succeed, succeedJson } = opened);
  layout = await makeLayout(path.join(folder, 'layout'));
}, 60_000);

afterAll(() => opened?.close());

async function pushAndDelete(repository: string): Promise<void> {
  await succeed(['push', layout.folder, `${repository}:1`]);
  await succeed(['rm', `${repository}@${layout.index.digest}`, '--yes']);
}

/** The index, and what it listed. */
async function deleteAll(repository: string, { index, images }: TestLayout): Promise<void> {
  const digests = [index, ...images].map(({ digest }) => digest);
  await succeed(['rm', ...digests.map((digest) => `${repository}@${digest}`), '--yes']);
}

// Every command is a process of its own.
describe('auth', { timeout: 60_000 }, () => {
  test('says who it is, what is allowed, and by which rule', async () => {
    expect(await succeed(['auth', 'whoami'])).toBe(`admin on ${server.host}: administrator\n`);
    expect(await succeed(['auth', 'can-i', 'pull', 'repository', 'acme/team/app'])).toBe(
      'admin may repository:pull in the repository acme/team/app: administrators may do everything.\n',
    );
    expect(await succeed(['auth', 'can-i', 'create', 'project', '--quiet'])).toBe('yes\n');
    const none = await cli.run(['auth', 'can-i', 'pull', 'repository', 'acme', '--as', 'user:nobody']);
    expect(none.exitCode).toBe(3);
    const wrong = await cli.run(['auth', 'can-i', 'pull', 'repository', 'acme/', '--json']);
    expect(wrong.exitCode).toBe(2);
    expect((await cli.run(['auth', 'can-i', 'pull', 'repository', 'acme', '--as', 'carol'])).exitCode).toBe(2);
  });
});

describe('trash', { timeout: 60_000 }, () => {
  test('what was deleted is listed, comes back with its tags, and can be pulled', async () => {
    await pushAndDelete('acme/back');
    const { items } = await succeedJson<{ items: { id: number }[] }>([
      'trash',
      'ls',
      'acme',
      '--repository',
      'acme/back',
    ]);
    expect(items).toMatchObject([{ repository: 'acme/back', digest: layout.index.digest, tags: ['1'] }]);
    const id = String(items[0]?.id);
    expect(await succeed(['trash', 'ls', 'acme'])).toMatch(
      /^ID +REPOSITORY +DIGEST +TAGS +DELETED +BY +GOES\n\d+ +acme\/back/,
    );
    expect(await succeed(['trash', 'restore', 'acme', id])).toBe(
      `Restored acme/back@${layout.index.digest}\n  tags: 1\n`,
    );
    await succeed(['pull', 'acme/back:1', path.join(folder, 'back')]);
    expect((await cli.run(['trash', 'restore', 'acme', id])).exitCode).toBe(3);
  });

  test('is purged only when somebody says so', async () => {
    await pushAndDelete('acme/purged');
    const listed = () => succeed(['trash', 'ls', 'acme', '--repository', 'acme/purged', '--quiet']);
    const id = (await listed()).trim();
    expect((await cli.run(['trash', 'purge', 'acme', id])).exitCode).toBe(2);
    expect(await listed()).toBe(`${id}\n`);
    expect(await succeed(['trash', 'purge', 'acme', id, '--yes'])).toContain('Purged 1 deleted manifest.');
    expect(await listed()).toBe('');
    expect((await cli.run(['trash', 'purge', 'acme', id, '--yes'])).exitCode).toBe(3);
    await pushAndDelete('acme/purged');
    expect(await succeedJson(['trash', 'purge', 'acme', '--yes'])).toMatchObject({ project: 'acme', purged: 1 });
    expect((await cli.run(['trash', 'ls', 'absent'])).exitCode).toBe(3);
  });
});

describe('gc', { timeout: 60_000 }, () => {
  test('purge frees what the dry run said, and asks before', async () => {
    await succeed(['gc', 'purge', '--yes']);
    const other = await makeLayout(path.join(folder, 'other'), { seed: 2 });
    await succeed(['push', other.folder, 'acme/freed:1']);
    await deleteAll('acme/freed', other);
    const dry = await succeedJson<{ execution: { jobs: { result: { preview: { purge: { bytes: number } } } }[] } }>([
      'gc',
      'dry-run',
    ]);
    const bytes = dry.execution.jobs[0]?.result.preview.purge.bytes ?? 0;
    expect(bytes).toBeGreaterThan(0);
    expect(await succeed(['gc', 'dry-run'])).toContain(
      `Purging now would free ${(bytes / 1024).toFixed(1)} KiB (${bytes} bytes)`,
    );
    const refused = await cli.run(['gc', 'purge']);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('--yes') });
    expect(await succeedJson(['gc', 'purge', '--yes'])).toMatchObject({
      server: server.host,
      execution: { status: 'success', jobs: [{ result: { report: { bytesFreed: bytes, trashPurged: 3 } } }] },
    });
    expect(await succeed(['gc', 'run'])).toBe('Freed 0 B in 0 stored copies.\n');
  });

  test('status shows how the collector is, and confirm says when nothing waits', async () => {
    const status = await succeed(['gc', 'status']);
    expect(status).toMatch(/^last pass +\d{4}-.*Z, freed 0 B$/m);
    expect(status).toMatch(/^delays +review 1 d, push 1 h, trash 7 d, strays 1 d$/m);
    expect(status).toMatch(/^cap +1\.0 MiB, or 10 % of all bytes, in 1 d; /m);
    expect(await succeedJson(['gc', 'status'])).toMatchObject({ awaiting: null, settings: { capBytes: 1024 ** 2 } });
    expect((await cli.run(['gc', 'confirm', '5'])).exitCode).toBe(7);
    expect((await cli.run(['gc', 'confirm', '5KiB'])).exitCode).toBe(2);
  });
});

describe('scrub and jobs', { timeout: 60_000 }, () => {
  test('a round reads what is stored, and is listed with its log', async () => {
    await succeed(['push', layout.folder, 'acme/read:1']);
    expect(await succeed(['scrub', 'status'])).toMatch(/^rate +off: /m);
    expect(await succeed(['scrub', 'run'])).toMatch(
      /^\d+ stored copies in .* read: 0 damaged, 0 missing, 0 unreadable\n$/,
    );
    expect(await succeed(['scrub', 'status'])).toMatch(/^last round +\d{4}-/m);
    const id = (await succeed(['jobs', 'ls', '--kind', 'scrub', '--limit', '1', '--quiet'])).trim();
    expect(await succeed(['jobs', 'ls', '--kind', 'scrub'])).toMatch(new RegExp(`^${id} +scrub +success +`, 'm'));
    expect(await succeed(['jobs', 'log', id])).toMatch(/^\d{4}-.*Z Read \d+ stored copies: \d+ bytes\.\n$/);
    expect(await succeed(['jobs', 'stop', id])).toBe(`Execution ${id} stops.\n`);
    expect((await cli.run(['jobs', 'log', '999999'])).exitCode).toBe(3);
  });

  test('--no-wait starts and comes back', async () => {
    const id = (await succeed(['gc', 'dry-run', '--no-wait', '--quiet'])).trim();
    expect(id).toMatch(/^\d+$/);
    expect(await succeedJson(['jobs', 'ls', '--kind', 'garbage-collection'])).toMatchObject({
      executions: expect.arrayContaining([expect.objectContaining({ id: Number(id) })]),
    });
  });

  test('they are for administrators, and commands without a name show their help', async () => {
    const nobody = createCli(path.join(folder, 'config-nobody'));
    for (const args of [
      ['gc', 'status'],
      ['scrub', 'run'],
      ['jobs', 'ls'],
      ['trash', 'ls', 'acme'],
    ]) {
      expect((await nobody.run([...args, '--server', server.host])).exitCode, args.join(' ')).toBe(4);
    }
    const bare = await cli.run(['gc']);
    expect(bare).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('dry-run') });
    expect(await succeed(['gc', 'purge', '--help'])).toContain('--no-wait');
    expect((await cli.run(['gc', 'everything'])).exitCode).toBe(2);
  });
});

describe('audit', { timeout: 60_000 }, () => {
  test('the log is shown, searched and printed as CSV and JSON', async () => {
    await pushAndDelete('acme/audited');
    const pushed = await succeed(['audit', 'log', '--repository', 'acme/audited', '--kind', 'manifest.']);
    expect(pushed).toMatch(/^AT +WHO +WHAT +OUTCOME +RESOURCE +FROM\n/);
    expect(pushed).toContain('admin  manifest.deleted  done');
    const { items } = await succeedJson<{ items: object[] }>(['audit', 'log', '--kind', 'login.', '--since', '1h']);
    expect(items[0]).toMatchObject({
      kind: 'login.succeeded',
      actor: { name: 'admin' },
      address: '127.0.0.1',
    });
    const csv = await succeed(['audit', 'log', '--project', 'acme', '--csv']);
    expect(csv.split('\r\n').length).toBeGreaterThan(5);
    expect(csv).toContain('"project.created"');
    expect((await cli.run(['audit', 'log', '--since', 'yesterday'])).exitCode).toBe(2);
    expect((await cli.run(['audit', 'log', '--project', 'ghost'])).exitCode).toBe(3);
  });
});
