import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { CommandFailed } from './command-failed.ts';
import { type Outcome, runCommand } from './run-command.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Buffer;
  readonly limitSeconds?: number;
}

/**
 * An empty home folder and the environment of one client: nothing of the caller's environment reaches it, so no
 * credentials, proxies or configuration of the machine decide a cell.
 */
export class ClientHome {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(folder: string, searchPath: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.folder = folder;
    const inside = (name: string): string => {
      const inner = path.join(folder, name);
      mkdirSync(inner, { recursive: true, mode: 0o700 });
      return inner;
    };
    this.env = {
      HOME: inside('home'),
      XDG_RUNTIME_DIR: inside('runtime'),
      TMPDIR: inside('tmp'),
      PATH: [...searchPath, '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(path.delimiter),
      LANG: 'C.UTF-8',
      ...env,
    };
  }

  path(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** Makes a fresh folder for what a command writes. */
  makeFolder(name: string): string {
    const folder = this.path(name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Runs a command and returns its outcome, whatever it is. */
  attempt(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { env, ...rest } = options;
    return runCommand(program, args, { cwd: this.folder, ...rest, env: { ...this.env, ...env } });
  }

  /** Runs a command that must end with exit code 0. */
  async run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const outcome = await this.attempt(program, args, options);
    if (outcome.exitCode !== 0) throw new CommandFailed('the command failed', outcome);
    return outcome;
  }

  /** Runs a command that must be refused, with a reason that matches. */
  async refused(program: string, args: readonly string[], reason: RegExp, options: RunOptions = {}): Promise<Outcome> {
    const outcome = await this.attempt(program, args, options);
    if (outcome.exitCode === 0) throw new CommandFailed('the command should have been refused', outcome);
    if (!reason.test(outcome.stdout + outcome.stderr)) {
      throw new CommandFailed(`the refusal should match ${reason}`, outcome);
    }
    return outcome;
  }
}
