import { spawnSync } from 'node:child_process';
import { MissingPrerequisite } from './missing-prerequisite.ts';

/** The Python of this machine, as a path: clients run in homes that find no other. It has pip. */
export function findPython(): string {
  const { status, stdout } = spawnSync('python3', ['-c', 'import pip, sys; print(sys.executable)'], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new MissingPrerequisite('The Python clients need python3 with pip, and this machine has none.');
  return stdout.trim();
}
