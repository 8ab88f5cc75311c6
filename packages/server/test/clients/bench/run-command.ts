import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Buffer;
  readonly limitSeconds?: number;
}

export interface Outcome {
  readonly command: string;
  /** Null when a signal ended the process, our own time limit included. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const defaultLimitSeconds = 100;
const running = new Set<number>();

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Ends every command that still runs: for an interrupted run. */
export function endRunningCommands(): void {
  for (const pid of running) signalGroup(pid, 'SIGKILL');
}

/**
 * Runs a program to its end and returns what it said, whatever its exit code. The program leads a process group of its
 * own, so that a time limit ends its children too.
 */
export function runCommand(program: string, args: readonly string[], options: CommandOptions): Promise<Outcome> {
  const command = [program, ...args].map((word) => (/[\s'"*]/.test(word) ? JSON.stringify(word) : word)).join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: options.env, cwd: options.cwd, detached: true, stdio: 'pipe' });
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const limitSeconds = options.limitSeconds ?? defaultLimitSeconds;
    const limit = setTimeout(() => {
      stderr += `\n(ended after ${limitSeconds} s)`;
      if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    }, limitSeconds * 1000);
    const settle = (): void => {
      clearTimeout(limit);
      if (pid !== undefined) running.delete(pid);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    child.on('close', (exitCode) => {
      settle();
      resolve({ command, exitCode, stdout, stderr });
    });
    child.stdin.on('error', () => {}); // a program may end without reading its input
    child.stdin.end(options.input ?? '');
  });
}
