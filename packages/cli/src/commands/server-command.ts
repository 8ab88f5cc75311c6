import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import type { CommandContext } from './command-context.ts';

/** Commands that act on the server's own files. They are the server's: it parses their flags and prints their help. */
export const SERVER_COMMANDS: ReadonlyMap<string, string> = new Map([
  ['serve', 'run the registry on this machine'],
  ['doctor', 'check configuration, database, storage, clock and disk of the server on this machine'],
  ['config', "check the server's configuration: config check"],
  ['admin', "administrate the server's data: reset-password, rotate-keys, network-rules, rebuild …"],
]);

const FORWARDED_SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;

/** For the help only: the program hands these over before it parses anything. */
export function createServerCommand(context: CommandContext, name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .argument('[arguments...]')
    .action(async (args: string[]) => context.setExitCode(await runServerEntry([name, ...args])));
}

/** Starts the server's entry with these arguments; resolves with its exit code. */
export async function runServerEntry(args: readonly string[]): Promise<number> {
  const entry = findServerEntry();
  const child = spawn(process.execPath, [entry, ...args], { stdio: 'inherit' });
  for (const signal of FORWARDED_SIGNALS) process.on(signal, () => child.kill(signal));
  // Ctrl-C reaches every process of the terminal by itself; told twice, a server would take it for impatience.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (signal === null) return resolve(code ?? EXIT_CODE.failure);
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    });
  });
}

function findServerEntry(): string {
  const candidates = ['../../../server/src/main.ts', '../../../server/dist/main.js'];
  const found = candidates
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CliError(EXIT_CODE.failure, 'the server is not installed beside this command line', {
    remedy: 'run this command on the machine of the server, from its installation',
  });
}
