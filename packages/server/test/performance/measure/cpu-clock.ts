import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { listProcessTree } from './process-tree.ts';

/** Reads CPU times from the operating system, in seconds. Its grain is the clock tick, 10 ms as a rule. */
export class CpuClock {
  readonly #ticksPerSecond: number;

  constructor(ticksPerSecond: number) {
    this.#ticksPerSecond = ticksPerSecond;
  }

  static open(): CpuClock {
    return new CpuClock(Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));
  }

  /** What a server has used so far: all its processes, and the children that have ended. */
  readTree(rootPid: number): number {
    return listProcessTree(rootPid).reduce((sum, { ticks }) => sum + ticks, 0) / this.#ticksPerSecond;
  }

  /** What the whole machine has used so far, and what its hypervisor took away. */
  readMachine(): number {
    return parseMachineTicks(readFileSync('/proc/stat', 'utf8')) / this.#ticksPerSecond;
  }
}

/** The busy ticks in the first line of `/proc/stat`: user, nice, system, irq, softirq and steal (proc_stat(5)). */
export function parseMachineTicks(text: string): number {
  const fields = text.slice(0, text.indexOf('\n')).trim().split(/\s+/).slice(1).map(Number);
  return [0, 1, 2, 5, 6, 7].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
}
