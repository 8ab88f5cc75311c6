import { readdirSync, readFileSync } from 'node:fs';

/** The process and all below it, parents first. Those that have ended in the meantime are left out. */
export function listProcessTree(root: number): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? readStatus(Number(name))?.parent : undefined;
    if (parent === undefined) continue;
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []));
  return tree;
}

/** @param pid of a process that may have ended; negative for its group */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Stops every thread of every process, and returns when none of them can run any more. */
export async function stopProcesses(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signalProcess(pid, 'SIGSTOP');
  while (!pids.every(isStopped)) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The process has ended; one that nobody has waited for yet does nothing any more either. */
export function hasEnded(pid: number): boolean {
  const state = readStatus(pid)?.state;
  return state === undefined || state === 'Z' || state === 'X';
}

/** Whether any process of the group that began with this one is left. */
export function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

function isStopped(pid: number): boolean {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.every((thread) => {
      const state = readStatus(pid, thread)?.state;
      return state === undefined || 'TtZX'.includes(state);
    });
  } catch {
    return true;
  }
}

/** See proc_pid_stat(5): the name in brackets may hold anything. */
function readStatus(pid: number, thread?: string): { readonly state: string; readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/${thread === undefined ? '' : `task/${thread}/`}stat`, 'utf8');
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
