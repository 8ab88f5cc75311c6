import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../kernel/clock.ts';
import { readProductVersion } from '../kernel/product-version.ts';
import type { CommandContext, ExitCode } from './command-context.ts';
import { runProgram } from './program.ts';

/** Runs the server's command line in this process. What is heavy is loaded by the command that needs it. */
export function runCommands(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<ExitCode> {
  const context: CommandContext = {
    env,
    workingDir: process.cwd(),
    clock: systemClock,
    print: (line) => process.stdout.write(line),
    printError: (line) => process.stderr.write(line),
    readInput: () => text(process.stdin),
    wait: async (milliseconds) => {
      await wait(milliseconds);
    },
  };
  const version = readProductVersion();
  return runProgram(argv, context, {
    version,
    serve: async (config) => (await import('./serve.ts')).serve(context, config, version),
    resetPassword: async (...reset) => (await import('./set-user-password.ts')).setUserPassword(...reset),
    rotateKeys: async (...rotation) => (await import('./rotate-signing-keys.ts')).rotateSigningKeys(...rotation),
    rotateInstanceKey: async (...rotation) => (await import('./rotate-secret-keys.ts')).rotateInstanceKey(...rotation),
    rotateMasterKey: async (...rotation) => (await import('./rotate-secret-keys.ts')).rotateMasterKey(...rotation),
    administerNetworkRules: async (...rules) =>
      (await import('./set-instance-network-rules.ts')).setInstanceNetworkRules(...rules),
    rebuildInstance: async (...rebuild) => (await import('./rebuild-instance.ts')).rebuildInstance(...rebuild),
    openBlobStorage: async (...storage) => (await import('../blob-storages.ts')).openBlobStorage(...storage),
  });
}
