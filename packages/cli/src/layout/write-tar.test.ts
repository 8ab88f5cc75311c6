import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listTarEntries } from './read-tar.ts';
import { writeTar } from './write-tar.ts';

const execute = promisify(execFile);
const LONG_NAME = `blobs/sha512/${'a'.repeat(128)}`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'roadstead-tar-'));
  await mkdir(path.join(folder, 'in/blobs/sha512'), { recursive: true });
  await writeFile(path.join(folder, 'in/index.json'), '{}');
  await writeFile(path.join(folder, 'in', LONG_NAME), 'x'.repeat(1500));
  await writeFile(path.join(folder, 'in/empty'), '');
  await writeFile(path.join(folder, 'in/.lock'), 'left out');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Name and content of each file of a tar. */
async function readTar(file: string): Promise<Readonly<Record<string, string>>> {
  await using handle = await open(file, 'r');
  const contents: Record<string, string> = {};
  for (const { name, startByte, byteCount } of await listTarEntries(handle, file)) {
    const { buffer } = await handle.read(Buffer.alloc(byteCount), 0, byteCount, startByte);
    contents[name] = buffer.toString();
  }
  return contents;
}

const EXPECTED = { 'index.json': '{}', empty: '', [LONG_NAME]: 'x'.repeat(1500) };

test('what is written is read back, also by tar itself', async () => {
  const file = path.join(folder, 'out.tar');
  await writeFile(
    file,
    writeTar(path.join(folder, 'in'), (name) => name === '.lock'),
  );
  expect(await readTar(file)).toEqual(EXPECTED);
  const { stdout } = await execute('tar', ['-tf', file]);
  expect(stdout.trim().split('\n').sort()).toEqual(Object.keys(EXPECTED).sort());
});

test.each(['gnu', 'pax', 'ustar'])('tar files of the format %s are read', async (format) => {
  const file = path.join(folder, `${format}.tar`);
  // The name is too long for ustar, which then holds the others.
  const names = format === 'ustar' ? ['./index.json', './empty'] : ['./index.json', './empty', `./${LONG_NAME}`];
  await execute('tar', [`--format=${format}`, '-cf', file, '-C', path.join(folder, 'in'), ...names]);
  const { [LONG_NAME]: long, ...short } = EXPECTED;
  expect(await readTar(file)).toEqual(format === 'ustar' ? short : { ...short, [LONG_NAME]: long });
});

test('the same content gives the same bytes', async () => {
  const write = async () => {
    const parts: Uint8Array[] = [];
    for await (const part of writeTar(path.join(folder, 'in'), () => false)) parts.push(part);
    return Buffer.concat(parts);
  };
  const first = await write();
  await writeFile(path.join(folder, 'in/index.json'), '{}');
  expect((await write()).equals(first)).toBe(true);
});

test('what is no tar is refused', async () => {
  const file = path.join(folder, 'no.tar');
  await writeFile(file, 'x'.repeat(2000));
  await expect(readTar(file)).rejects.toThrow(/not a readable tar/);
});
