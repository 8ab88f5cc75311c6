import type { CommandContext } from '../../../src/commands/command-context.ts';
import { runProgram, type ServerCommands } from '../../../src/commands/program.ts';
import type { Config } from '../../../src/config/config.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import type { BlobMedium } from './blob-medium.ts';

export interface AdminResult {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
}

/** An open registry, or what is left of one. */
export interface AdminTarget {
  readonly config: Config;
  readonly medium?: Pick<BlobMedium, 'env'>;
  /** What a command needs of the rest of the server. */
  readonly commands?: Partial<ServerCommands>;
}

const NOTICE_MS = 1_500;

/** Runs a maintenance command of the server in this process, on the registry's data. */
export async function runAdmin(
  { config, medium, commands: given }: AdminTarget,
  ...argv: readonly string[]
): Promise<AdminResult> {
  let output = '';
  let errors = '';
  const context: CommandContext = {
    env: {
      ROADSTEAD_DATA: config.dataDir,
      ...(config.databaseUrl === undefined ? {} : { ROADSTEAD_DATABASE_URL: config.databaseUrl }),
      ...medium?.env,
    },
    workingDir: config.dataDir,
    clock: systemClock,
    print: (text) => {
      output += text;
    },
    printError: (text) => {
      errors += text;
    },
    readInput: async () => '',
    // A server in the same process looks at its instances once a second; what is over that is for slow ones.
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, NOTICE_MS))),
  };
  const commands = { version: 'test', ...given } as ServerCommands;
  const exitCode = await runProgram(['admin', ...argv], context, commands);
  return { exitCode, output, errors };
}
