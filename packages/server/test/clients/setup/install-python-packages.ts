import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findPython } from './find-python.ts';
import { runDownload } from './run-download.ts';

/**
 * Installs packages into a folder of their own, which PYTHONPATH names; returns it. Each file is held against the hash in the list, and
 * nothing is built, so no code of a package runs.
 * @param list a file of pip requirements with versions and hashes
 */
export async function installPythonPackages(cache: string, list: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(list)).digest('hex').slice(0, 16);
  const folder = path.join(cache, 'python', `${path.basename(list, '.txt')}-${hash}`);
  if (existsSync(folder)) return folder;
  mkdirSync(path.dirname(folder), { recursive: true });
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  const rules = ['--require-hashes', '--only-binary', ':all:', '--no-deps', '--disable-pip-version-check', '--quiet'];
  await runDownload(findPython(), ['-m', 'pip', 'install', ...rules, '--target', unfinished, '-r', list]);
  renameSync(unfinished, folder);
  return folder;
}
