import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openBlobStorage } from '../../../src/blob-storages.ts';
import type { CommandContext } from '../../../src/commands/command-context.ts';
import { runProgram, type ServerCommands } from '../../../src/commands/program.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import type { Env } from './stage.ts';

const SERVER = path.resolve(import.meta.dirname, '../../../src/main.ts');
const CLI = path.resolve(import.meta.dirname, '../../../../cli/bin');

/** Runs commands, and keeps what they said and what the list of processes showed of them. */
export class CommandRunner {
  readonly #outputs: string[] = [];
  readonly #commandLines: string[] = [];
  readonly #env: Env;
  readonly #configHome: string;

  /** @param configHome where the command line keeps the logins of its user */
  constructor(env: Env, configHome: string) {
    this.#env = env;
    this.#configHome = configHome;
  }

  /** What the commands have said, warnings of Node included. */
  get outputs(): string {
    return this.#outputs.join('\n');
  }

  get commandLines(): string {
    return this.#commandLines.join('\n');
  }

  /** The server's own program. @returns its exit code */
  server(args: readonly string[], input = '', env: Env = {}): Promise<number | null> {
    return this.#run([SERVER, ...args], input, env);
  }

  /** The command line. */
  cli(args: readonly string[], input = ''): Promise<number | null> {
    return this.#run([path.join(CLI, 'roadstead.cjs'), ...args], input);
  }

  /** Docker's credential helper: what it says when it is asked for a secret is for docker. */
  helper(action: string, input: string): Promise<number | null> {
    return this.#run([path.join(CLI, 'docker-credential-roadstead.cjs'), action], input);
  }

  /** A command of the server in this process, with settings of its own alone. */
  async inside(args: readonly string[], env: Env): Promise<number> {
    const keep = (text: string) => {
      this.#outputs.push(text);
    };
    const onWarning = (warning: Error) => keep(`${warning.stack}`);
    process.on('warning', onWarning);
    const context: CommandContext = {
      env,
      workingDir: this.#configHome,
      clock: systemClock,
      print: keep,
      printError: keep,
      readInput: async () => '',
      wait: async () => undefined,
    };
    try {
      return await runProgram(args, context, {
        version: 'test',
        openBlobStorage,
      } as Partial<ServerCommands> as ServerCommands);
    } finally {
      // Warnings come with the next turn.
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', onWarning);
    }
  }

  #run(argv: readonly string[], input: string, env: Env = {}): Promise<number | null> {
    const child = spawn(process.execPath, argv, {
      env: { ...process.env, ...this.#env, XDG_CONFIG_HOME: this.#configHome, ...env },
    });
    this.#commandLines.push(readFileSync(`/proc/${child.pid}/cmdline`, 'latin1'));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('latin1').on('data', (text) => this.#outputs.push(text));
    }
    // A command that reads no input closes it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve) => child.once('close', resolve));
  }
}
