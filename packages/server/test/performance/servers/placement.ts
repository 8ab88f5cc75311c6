import { execFileSync } from 'node:child_process';
import { listProcessTree } from '../measure/process-tree.ts';

/**
 * `apart`: the server on one core, the load on another, so that neither takes from the other. `together`: both on both
 * cores, for what a server does with more than one.
 */
export type Placement = 'apart' | 'together';

interface Cores {
  /** As `taskset -c` takes them. */
  readonly server: string;
  readonly load: string;
}

const CORES: Readonly<Record<Placement, Cores>> = {
  apart: { server: '0', load: '1' },
  together: { server: '0,1', load: '0,1' },
};

/** Server processes of Roadstead where it has both cores: one a core. */
export const PROCESSES_ON_BOTH_CORES = 2;

export function coresOf(placement: Placement): Cores {
  return CORES[placement];
}

/** @throws Error when this machine cannot place programs so */
export function assertCanPlace(): void {
  try {
    execFileSync('taskset', ['-c', CORES.together.server, 'true'], { stdio: 'ignore' });
  } catch {
    throw new Error(
      'The benchmark puts server and load on cores 0 and 1 with taskset: it needs Linux, util-linux, and both cores.',
    );
  }
}

/** Puts a running server, with all its processes and their threads, on its cores. */
export function placeServer(rootPid: number, placement: Placement): void {
  for (const { pid } of listProcessTree(rootPid)) {
    execFileSync('taskset', ['-a', '-c', '-p', CORES[placement].server, String(pid)], { stdio: 'ignore' });
  }
}
