import { Command, CommanderError } from 'commander';
import { createAuditCommand } from './commands/audit.ts';
import { createAuthCommand } from './commands/auth.ts';
import type { CommandContext } from './commands/command-context.ts';
import { createCompletionCommand, createRepositoriesCommand } from './commands/completion.ts';
import { createCopyCommand } from './commands/copy.ts';
import { createCredentialProviderCommand } from './commands/credential-provider.ts';
import { createFormerNamesCommand } from './commands/former-names.ts';
import { createGcCommand } from './commands/gc.ts';
import { createHelpCommand } from './commands/help.ts';
import { createInspectCommand } from './commands/inspect.ts';
import { createJobsCommand } from './commands/jobs.ts';
import { createLoginCommand } from './commands/login.ts';
import { createLogoutCommand } from './commands/logout.ts';
import { createLsCommand } from './commands/ls.ts';
import { createMvCommand } from './commands/mv.ts';
import { createPromoteCommand } from './commands/promote.ts';
import { createPullCommand } from './commands/pull.ts';
import { createPushCommand } from './commands/push.ts';
import { createRmCommand } from './commands/rm.ts';
import { createRobotCommand } from './commands/robot.ts';
import { createScrubCommand } from './commands/scrub.ts';
import { createServerCommand, runServerEntry, SERVER_COMMANDS } from './commands/server-command.ts';
import { createTagsCommand } from './commands/tags.ts';
import { createTokenCommand } from './commands/token.ts';
import { createTrashCommand } from './commands/trash.ts';
import { createUserCommand } from './commands/user.ts';
import { createWorkloadRuleCommand } from './commands/workload-rule.ts';
import { EXIT_CODE } from './exit-code.ts';
import { addGlobalOptions, type GlobalOptions } from './global-options.ts';
import { renderError } from './render-error.ts';
import type { Runtime } from './runtime.ts';
import { Session } from './session.ts';
import { readVersion } from './version.ts';

/** Runs one command line (without the program's own name) and resolves with the exit code. Never rejects. */
export async function runProgram(runtime: Runtime, args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT_CODE.ok;
  const context: CommandContext = {
    runtime,
    openSession: (command) => new Session(runtime, command.optsWithGlobals<GlobalOptions>()),
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  try {
    const [first = ''] = args;
    if (SERVER_COMMANDS.has(first)) return await runServerEntry(args);
    await createProgram(context).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.ok : EXIT_CODE.usage;
    const options = { json: args.includes('--json'), debug: runtime.env['ROADSTEAD_DEBUG'] === '1' };
    const rendered = renderError(error, options);
    runtime.stderr.write(rendered.text);
    return rendered.exitCode;
  }
}

function createProgram(context: CommandContext): Command {
  const { stdout, stderr } = context.runtime;
  const program = new Command('roadstead')
    .description('Works with OCI registries: Roadstead, and any other one.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show the help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'roadstead: ')),
    })
    .showHelpAfterError('  try: add --help')
    .addHelpText('after', '\nExit codes: `roadstead help exit-codes`.')
    .exitOverride();
  addGlobalOptions(program);
  for (const command of createCommands(context, program)) {
    inheritSettings(command, program);
    program.addCommand(command, { hidden: command.name().startsWith('__') });
  }
  return program;
}

function inheritSettings(command: Command, from: Command): void {
  command.copyInheritedSettings(from);
  // `--help` says it all, and `roadstead help COMMAND`.
  if (command.commands.length > 0) command.helpCommand(false);
  for (const sub of command.commands) inheritSettings(sub, from);
}

function createCommands(context: CommandContext, program: Command): readonly Command[] {
  return [
    createLoginCommand(context),
    createLogoutCommand(context),
    createLsCommand(context),
    createTagsCommand(context),
    createInspectCommand(context),
    createPushCommand(context),
    createPullCommand(context),
    createCopyCommand(context),
    createPromoteCommand(context),
    createRmCommand(context),
    createMvCommand(context),
    createFormerNamesCommand(context),
    createAuthCommand(context),
    createTrashCommand(context),
    createRobotCommand(context),
    createWorkloadRuleCommand(context),
    createCredentialProviderCommand(context),
    createTokenCommand(context),
    createUserCommand(context),
    createGcCommand(context),
    createScrubCommand(context),
    createJobsCommand(context),
    createAuditCommand(context),
    createCompletionCommand(context, program),
    createRepositoriesCommand(context),
    createHelpCommand(context, program),
    ...[...SERVER_COMMANDS].map(([name, description]) => createServerCommand(context, name, description)),
  ];
}
