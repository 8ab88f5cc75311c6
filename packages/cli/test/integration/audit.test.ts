import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningRoadstead } from '../../../server/test/support/start-roadstead.ts';
import { openSignedInCli, type SignedInCli } from '../support/open-signed-in-cli.ts';
import type { Cli } from '../support/run-cli.ts';

let opened: SignedInCli;
let folder: string;
let server: RunningRoadstead;
let cli: Cli;
let succeed: SignedInCli['succeed'];
let witnessFile: string;

beforeAll(async () => {
  const fast = { ROADSTEAD_AUDIT_INTERVAL: '200ms', ROADSTEAD_RECOVERY_INTERVAL: '200ms' };
  opened = await openSignedInCli({
    env: (own) => ({ ...fast, ROADSTEAD_AUDIT_WITNESS_FILE: path.join(own, 'operator.txt') }),
    projects: ['one', 'two', 'three'],
  });
  ({ folder, server, cli, succeed } = opened);
  witnessFile = path.join(folder, 'operator.txt');
}, 60_000);

afterAll(() => opened?.close());

const at = (name: string) => path.join(folder, name);

// Every command is a process of its own.
describe('the audit log', { timeout: 120_000 }, () => {
  test('is exported, and verified without the server', async () => {
    await writeFile(at('key'), await succeed(['audit', 'key']));
    await writeFile(at('mine.txt'), await succeed(['audit', 'checkpoint']));
    await server.createProject('four');
    expect(await succeed(['audit', 'export', '-o', at('log')])).toContain('roadstead audit verify');
    expect(await readFile(at('log'), 'utf8')).toContain('project.created');
    const text = await succeed(['audit', 'verify', at('log'), '--key', at('key'), '--witness', at('mine.txt')]);
    expect(text).toMatch(/nothing was changed/);
    expect(text).not.toContain(server.admin.password);
    const alone = await succeed(['audit', 'verify', at('log')]);
    expect(alone).toMatch(/Note: .*without a witness/s);
    const json = JSON.parse(await succeed(['audit', 'verify', at('log'), '--key', at('key'), '--json']));
    expect(json).toMatchObject({ isWhole: true, keySource: 'given', findings: [] });
    const piped = await succeed(['audit', 'export']);
    expect(JSON.parse(await succeed(['audit', 'verify', '-', '--json'], piped))).toMatchObject({ isWhole: true });
  });

  test('is named by the row when it was altered, and by its witness when it was cut', async () => {
    await succeed(['audit', 'export', '-o', at('log')]);
    const log = await readFile(at('log'), 'utf8');
    const lines = log.split('\n');
    const index = lines.findIndex((line) => line.includes('project.created'));
    const { id } = JSON.parse(lines[index] ?? '');
    await writeFile(at('forged'), log.replace('project.created', 'project.deleted'));
    const forged = await cli.run(['audit', 'verify', at('forged')]);
    expect(forged.exitCode).toBe(6);
    expect(forged.stdout).toContain(`altered: entry ${id} is not what was logged`);
    expect(forged.stderr).toContain('not as it was logged: 1 finding');
    const checkpoint = lines.findIndex((line) => line.startsWith('{"type":"checkpoint"'));
    const { note } = JSON.parse(lines[checkpoint] ?? '');
    const end = JSON.stringify({ type: 'end', size: Number(note.split('\n')[1]) });
    await writeFile(at('cut'), [...lines.slice(0, checkpoint + 1), end, ''].join('\n'));
    expect((await cli.run(['audit', 'verify', at('cut')])).exitCode).toBe(0);
    await expect.poll(() => readFile(witnessFile, 'utf8').catch(() => ''), { timeout: 30_000 }).not.toBe('');
    await writeFile(at('newest.txt'), await succeed(['audit', 'checkpoint']));
    const cut = await cli.run(['audit', 'verify', at('cut'), '--witness', at('newest.txt'), '--witness', witnessFile]);
    expect(cut.exitCode).toBe(6);
    expect(cut.stdout).toContain('truncated: a witness has a checkpoint of');
  });

  test('is signed by a new key, which is kept beside the old one', async () => {
    await writeFile(at('key'), await succeed(['audit', 'key']));
    const rotated = await succeed(['audit', 'rotate-key']);
    await succeed(['audit', 'export', '-o', at('log')]);
    const old = await cli.run(['audit', 'verify', at('log'), '--key', at('key')]);
    expect([old.exitCode, old.stdout]).toEqual([6, expect.stringContaining('signed by no trusted key')]);
    await writeFile(at('new-key'), rotated);
    const text = await succeed(['audit', 'verify', at('log'), '--key', at('key'), '--key', at('new-key')]);
    expect(text).toMatch(/nothing was changed/);
    expect(await succeed(['audit', 'key'])).toBe(`${await readFile(at('key'), 'utf8')}${rotated}`);
  });

  test('forgets who has no account any more, and still verifies', async () => {
    await succeed(['user', 'create', 'carol', '--new-password-stdin', '--keep-password'], 'Some-Password-1\n');
    const { items } = JSON.parse(await succeed(['user', 'list', '--json']));
    const { id } = items.find(({ username }: { readonly username: string }) => username === 'carol');
    const early = await cli.run(['audit', 'erase', `user:${id}`, '--yes']);
    expect([early.exitCode, early.stderr]).toEqual([7, expect.stringContaining('delete it first')]);
    expect((await cli.run(['audit', 'erase', 'carol', '--yes'])).stderr).toContain('delete it first');
    await succeed(['user', 'delete', 'carol', '--yes']);
    const unasked = await cli.run(['audit', 'erase', `user:${id}`]);
    expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await cli.run(['audit', 'erase', 'carol', '--yes'])).exitCode).toBe(3);
    expect(await succeed(['audit', 'erase', `user:${id}`, '--yes'])).toMatch(/^Erased 1 entry\./);
    await succeed(['audit', 'export', '-o', at('log')]);
    expect(await readFile(at('log'), 'utf8')).not.toContain('carol');
    const json = JSON.parse(await succeed(['audit', 'verify', at('log'), '--json']));
    expect(json).toMatchObject({ isWhole: true, erased: 1 });
  });

  test('says what is wrong with what it was given', async () => {
    const missing = await cli.run(['audit', 'verify', at('none')]);
    expect([missing.exitCode, missing.stderr]).toEqual([3, expect.stringContaining('there is no file')]);
    await writeFile(at('no-key'), 'x\n');
    await writeFile(at('no-log'), 'x\n');
    const key = await cli.run(['audit', 'verify', at('no-log'), '--key', at('no-key')]);
    expect([key.exitCode, key.stderr]).toEqual([2, expect.stringContaining('roadstead audit key')]);
    const log = await cli.run(['audit', 'verify', at('no-log')]);
    expect([log.exitCode, log.stdout]).toEqual([6, expect.stringContaining('line 1 is not a line of an audit export')]);
  });
});
