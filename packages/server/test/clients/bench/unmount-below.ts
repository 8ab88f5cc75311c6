import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Unmounts what an engine left mounted below a folder, deepest first, so that the folder can be removed safely. */
export function unmountBelow(folder: string): void {
  if (!existsSync('/proc/self/mounts')) return;
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
    .sort((one, other) => other.length - one.length);
  for (const point of points) spawnSync('umount', ['-l', point]);
}
