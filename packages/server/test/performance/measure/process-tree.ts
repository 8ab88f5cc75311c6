import { readdirSync, readFileSync } from 'node:fs';

/** What `/proc/PID/stat` says about a process. */
export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  /** CPU time in clock ticks, of its own and of the children that have ended and were waited for. */
  readonly ticks: number;
}

/**
 * Reads a line of `/proc/PID/stat` (proc_pid_stat(5)).
 * @returns undefined when it is none
 */
export function parseProcessStat(text: string): ProcessStat | undefined {
  // The program's name may hold spaces and parentheses: the fields are counted from its end, which leaves `state` first.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  const [parentPid, ...times] = [1, 11, 12, 13, 14].map((field) => Number(fields[field]));
  const ticks = times.reduce((sum, time) => sum + time, 0);
  if (parentPid === undefined || !Number.isFinite(pid + parentPid + ticks)) return undefined;
  return { pid, parentPid, ticks };
}

/** The process and everything that descends from it, the process first; empty when it is gone. */
export function listProcessTree(rootPid: number): readonly ProcessStat[] {
  const children = new Map<number, ProcessStat[]>();
  let root: ProcessStat | undefined;
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readProcessStat(name) : undefined;
    if (stat === undefined) continue;
    if (stat.pid === rootPid) root = stat;
    children.set(stat.parentPid, [...(children.get(stat.parentPid) ?? []), stat]);
  }
  const tree = root === undefined ? [] : [root];
  for (const { pid } of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function readProcessStat(pid: string): ProcessStat | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined; // it has ended in between
  }
}
