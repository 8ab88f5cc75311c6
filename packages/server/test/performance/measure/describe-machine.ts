import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Where and when figures were taken: without it they say little. */
export interface Machine {
  readonly processor: string;
  readonly coreCount: number;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  readonly node: string;
  /** Of the source, where it is a Git checkout; `+` when files differ from it. */
  readonly commit: string | undefined;
  /** Over 1, 5 and 15 minutes, before the first measurement. */
  readonly loadAverage: readonly number[];
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() || 'unknown',
    coreCount: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.versions.node,
    commit: findCommit(),
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

function findCommit(): string | undefined {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const commit = git('rev-parse', '--short=10', 'HEAD').trim();
    return git('status', '--porcelain', '--untracked-files=no') === '' ? commit : `${commit}+`;
  } catch {
    return undefined;
  }
}
