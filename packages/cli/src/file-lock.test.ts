import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT_CODE } from './exit-code.ts';
import { openFileLock } from './file-lock.ts';

const NO_WAIT = { waitMs: 0, sleepMs: async () => {} };
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-lock-'));
  file = path.join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a lock keeps others out until it is released', async () => {
  const lock = await openFileLock(file, NO_WAIT);
  await expect(openFileLock(file, NO_WAIT)).rejects.toMatchObject({
    exitCode: EXIT_CODE.conflict,
    why: `process ${process.pid} is at work there`,
  });
  await lock.release();
  await (await openFileLock(file, NO_WAIT)).release();
  expect(await readdir(folder)).toEqual([]);
});

test('who waits gets the lock when it is released', async () => {
  const lock = await openFileLock(file, NO_WAIT);
  let polls = 0;
  const sleepMs = async () => {
    polls += 1;
    if (polls === 3) await lock.release();
  };
  await using _second = await openFileLock(file, { waitMs: 10_000, sleepMs });
  expect(polls).toBe(3);
});

test('the lock of a process that is gone is taken over', async () => {
  const child = spawn(process.execPath, ['-e', '0']);
  await new Promise((resolve) => child.once('exit', resolve));
  await writeFile(file, `${child.pid}\n`);
  await using _lock = await openFileLock(file, NO_WAIT);
});

test.runIf(process.platform === 'linux')('the lock of an earlier process with the same id is taken over', async () => {
  await writeFile(file, `${process.pid} 1\n`);
  await using _lock = await openFileLock(file, NO_WAIT);
});

test('a lock without an owner is not taken over', async () => {
  await writeFile(file, '');
  await expect(openFileLock(file, NO_WAIT)).rejects.toMatchObject({ exitCode: EXIT_CODE.conflict });
});
