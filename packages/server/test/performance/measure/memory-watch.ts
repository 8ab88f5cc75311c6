import { readFileSync } from 'node:fs';
import { listProcessTree } from './process-tree.ts';

/** Resident memory of one process, in megabytes (10⁶ bytes). */
export interface ProcessMemory {
  readonly pid: number;
  /** The kernel's name of the process, which tells helpers from servers. */
  readonly name: string;
  readonly residentMegabytes: number;
  /** The most that it ever had. */
  readonly peakMegabytes: number;
}

const WATCH_INTERVAL_MS = 200;

/** Now, for every process of a server. */
export function readMemory(rootPid: number): readonly ProcessMemory[] {
  return listProcessTree(rootPid).flatMap(({ pid }) => readProcessMemory(pid) ?? []);
}

/** Follows the memory of a server, so that a process counts that ends before somebody asks. */
export class MemoryWatch {
  readonly #rootPid: number;
  readonly #seen = new Map<number, ProcessMemory>();
  readonly #timer: NodeJS.Timeout;

  constructor(rootPid: number) {
    this.#rootPid = rootPid;
    this.#timer = setInterval(() => this.#look(), WATCH_INTERVAL_MS);
  }

  /** Ends the watch; returns every process that it saw, with its peak. */
  stop(): readonly ProcessMemory[] {
    clearInterval(this.#timer);
    this.#look();
    return [...this.#seen.values()];
  }

  #look(): void {
    for (const memory of readMemory(this.#rootPid)) this.#seen.set(memory.pid, memory);
  }
}

function readProcessMemory(pid: number): ProcessMemory | undefined {
  try {
    return parseProcessMemory(pid, readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined; // it has ended in between
  }
}

/**
 * Reads `/proc/PID/status` (proc_pid_status(5)).
 * @returns undefined when the process has no memory any more
 */
export function parseProcessMemory(pid: number, text: string): ProcessMemory | undefined {
  const megabytes = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1_024) / 1e6;
  const residentMegabytes = megabytes('VmRSS');
  const peakMegabytes = megabytes('VmHWM');
  if (Number.isNaN(residentMegabytes + peakMegabytes)) return undefined;
  return { pid, name: /^Name:\s+(.*)$/m.exec(text)?.[1] ?? '', residentMegabytes, peakMegabytes };
}
