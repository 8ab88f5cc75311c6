import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

/** A command of the server's, in a process of its own. */
export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
}

export interface CommandResult {
  /** Undefined when it was killed. */
  readonly code: number | undefined;
  readonly output: string;
  readonly errors: string;
}

const MAIN = path.resolve(import.meta.dirname, '../../../src/main.ts');

export function startCommand(env: Readonly<Record<string, string>>, ...argv: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const ended = new Promise<CommandResult>((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? undefined, output, errors }));
  });
  return { child, ended };
}

export function runCommand(env: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<CommandResult> {
  return startCommand(env, ...argv).ended;
}
