import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const BIN = path.resolve(import.meta.dirname, '../../bin');

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRun {
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
}

/** The command line as an installed user has it, with saved logins of its own. */
export interface Cli {
  run(args: readonly string[], input?: string): Promise<CliResult>;
  /** For a run that is to be ended half-way. */
  start(args: readonly string[]): CliRun;
  /** The docker credential helper. */
  helper(action: string, input: string): Promise<CliResult>;
}

/** Command lines whose folders lie side by side share what they have compiled. */
export function createCli(configHome: string): Cli {
  const env = {
    ...process.env,
    XDG_CONFIG_HOME: configHome,
    XDG_CACHE_HOME: path.join(path.dirname(configHome), 'cache'),
  };
  const start = (program: string, args: readonly string[], input: string) => {
    const child = spawn(process.execPath, [path.join(BIN, program), ...args], { env, detached: true });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (data) => {
      output.stdout += data;
    });
    child.stderr.on('data', (data) => {
      output.stderr += data;
    });
    // A command that does not read its input closes it.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const result = new Promise<CliResult>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => resolve({ exitCode, ...output }));
    });
    return { child, result };
  };
  return {
    run: (args, input = '') => start('roadstead.cjs', args, input).result,
    start: (args) => start('roadstead.cjs', args, ''),
    helper: (action, input) => start('docker-credential-roadstead.cjs', [action], input).result,
  };
}
