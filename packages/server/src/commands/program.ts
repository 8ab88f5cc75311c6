import { Command, CommanderError } from 'commander';
import type { Config } from '../config/config.ts';
import { ConfigurationError, ProductError } from '../kernel/errors.ts';
import type { AdministerNetworkRules } from './admin-network-rules.ts';
import type { RebuildInstance } from './admin-rebuild.ts';
import type { ResetPassword } from './admin-reset-password.ts';
import type { KeyRotations } from './admin-rotate-keys.ts';
import { type CommandContext, EXIT_CODE, type ExitCode, UsageError } from './command-context.ts';
import type { OpenBlobStorage } from './doctor/blob-storage-check.ts';
import { loadConfig } from './load-config.ts';

/** What the commands need from the rest of the server. */
export interface ServerCommands extends KeyRotations {
  readonly version: string;
  /** Runs the server until it is told to stop. */
  serve(config: Config): Promise<ExitCode>;
  readonly resetPassword: ResetPassword;
  readonly administerNetworkRules: AdministerNetworkRules;
  readonly rebuildInstance: RebuildInstance;
  readonly openBlobStorage: OpenBlobStorage;
}

/** What every command is built with. */
interface Building {
  readonly context: CommandContext;
  readonly commands: ServerCommands;
  /** Keeps the exit code of a command that ran. */
  end(code: ExitCode): void;
}

const CONFIG_OPTION = [
  '--config <file>',
  'configuration file (default: ROADSTEAD_CONFIG, else ./roadstead.yaml)',
] as const;
const JSON_OPTION = ['--json', 'print JSON'] as const;

/**
 * Runs one command of the server.
 * @param argv without the names of the interpreter and the script
 * @returns 0 done, 1 failed, 2 the command line or the configuration is wrong
 */
export async function runProgram(
  argv: readonly string[],
  context: CommandContext,
  commands: ServerCommands,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODE.ok;
  const end = (code: ExitCode) => {
    exitCode = code;
  };
  const program = createProgram({ context, commands, end });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return renderError(context, error);
  }
}

function renderError(context: CommandContext, error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.ok : EXIT_CODE.usage;
  const isUsage = error instanceof UsageError || error instanceof ConfigurationError;
  const isOurs = isUsage || error instanceof ProductError;
  const text = error instanceof Error ? (isOurs ? error.message : (error.stack ?? error.message)) : String(error);
  context.printError(`roadstead: ${text}\n`);
  return isUsage ? EXIT_CODE.usage : EXIT_CODE.failure;
}

function createProgram(building: Building): Command {
  const { context, commands } = building;
  const program = new Command('roadstead')
    .description(
      'An OCI artifact registry that a customer can always leave: the commands of the machine that it runs on.',
    )
    .version(commands.version)
    .configureOutput({ writeOut: (text) => context.print(text), writeErr: (text) => context.printError(text) })
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .addHelpText('after', examples(['serve', 'doctor', 'config check', 'admin reset-password']));
  // A subcommand takes over how its parent prints and ends, if it is added after that was said.
  addServe(program, building);
  addDoctor(program, building);
  addConfig(program, building);
  const admin = program.command('admin').description('maintain this server, whether it runs or not');
  addResetPassword(admin, building);
  addRotateKeys(admin, building);
  addNetworkRules(admin, building);
  addRebuild(admin, building);
  addInstances(admin, building);
  addMoves(admin, building);
  return program;
}

function addServe(program: Command, { context, commands, end }: Building): void {
  program
    .command('serve')
    .description('serve the registry until it is told to stop (SIGTERM or Ctrl-C)')
    .option(...CONFIG_OPTION)
    .addHelpText('after', examples(['serve', 'serve --config /etc/roadstead/roadstead.yaml']))
    .action(async (options) => end(await commands.serve(await loadConfig(context, options))));
}

function addDoctor(program: Command, { context, commands, end }: Building): void {
  program
    .command('doctor')
    .description('check configuration, database, storage, clock, disk, address and keys, and say what to do')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples(['doctor', 'doctor --json']))
    .action(async (options) => {
      const { runDoctor } = await import('./doctor/doctor.ts');
      end(await runDoctor(context, options, commands.openBlobStorage));
    });
}

function addConfig(program: Command, { context, end }: Building): void {
  const config = program.command('config').description('look at the configuration');
  config
    .command('check')
    .description('print every problem, and the configuration in effect without its secrets')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples(['config check', 'config check --config roadstead.yaml --json']))
    .action(async (options) => {
      const { checkConfig } = await import('./config-check.ts');
      end(await checkConfig(context, options));
    });
  config
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .addHelpText('after', examples(['config schema > roadstead.schema.json']))
    .action(async () => {
      const { printConfigSchema } = await import('./config-schema.ts');
      end(printConfigSchema(context));
    });
}

function addResetPassword(admin: Command, { context, commands, end }: Building): void {
  admin
    .command('reset-password')
    .description("set a user's password, and enable the account; all of the user's tokens and sessions end")
    .option('--username <name>', 'whose password', 'admin')
    .option('--instance <id>', 'in which instance', 'main')
    .option('--password-stdin', 'read the password from the standard input instead of generating one into a file')
    .option('--clear-second-factor', 'take away all second factors of the account, and its recovery codes')
    .option(...CONFIG_OPTION)
    .addHelpText('after', examples(['admin reset-password', 'admin reset-password --password-stdin < password.txt']))
    .action(async (options) => {
      const { resetAdminPassword } = await import('./admin-reset-password.ts');
      end(await resetAdminPassword(context, options, commands.resetPassword));
    });
}

function addRotateKeys(admin: Command, { context, commands, end }: Building): void {
  admin
    .command('rotate-keys')
    .description('sign registry tokens by a new key; those of the old one stay valid until they expire')
    .option('--instance <id>', 'of which instance (default: main)')
    .option('--instance-key', 'instead, seal the secrets of the instance by a new key')
    .option('--master', 'instead, put the keys of all instances under the master key of ROADSTEAD_MASTER_KEY_FILE')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples(['admin rotate-keys', 'admin rotate-keys --instance team --instance-key --json']))
    .action(async (options) => {
      const { rotateInstanceKeys } = await import('./admin-rotate-keys.ts');
      end(await rotateInstanceKeys(context, options, commands));
    });
}

function addNetworkRules(admin: Command, { context, commands, end }: Building): void {
  admin
    .command('network-rules')
    .description('print the networks from which an instance may be reached, or replace them')
    .option('--instance <id>', 'of which instance', 'main')
    .option('--clear', 'let every network in')
    .option('--set <file>', 'JSON with the lists management and registry')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples(['admin network-rules', 'admin network-rules --clear']))
    .action(async (options) => {
      const { administerNetworkRules } = await import('./admin-network-rules.ts');
      end(await administerNetworkRules(context, options, commands.administerNetworkRules));
    });
}

function addRebuild(admin: Command, { context, commands, end }: Building): void {
  admin
    .command('rebuild')
    .description('restore the lost database of an instance from its blob storage, and verify every digest')
    .option('--from-blobs', 'from the records that were shipped there')
    .option('--instance <id>', 'of which instance', 'main')
    .option('--verify <how>', 'of stored blobs: digest reads them all, size asks for their size', 'digest')
    .option('--no-verify', 'look at no stored blob')
    .option('--lineage <id>', 'which records, where those of several databases lie there')
    .option('--dry-run', 'restore into a database that is thrown away')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples(['admin rebuild --from-blobs --dry-run', 'admin rebuild --from-blobs --verify size']),
    )
    .action(async (options) => {
      const { rebuildFromBlobs } = await import('./admin-rebuild.ts');
      end(await rebuildFromBlobs(context, options, commands.rebuildInstance));
    });
}

function addInstances(admin: Command, { context, end }: Building): void {
  const instance = admin.command('instance').description('the registries of this server');
  const load = () => import('./admin-instance.ts');
  instance
    .command('create <id>')
    .description('create an instance; a running server answers for it within two seconds')
    .option('--host <host...>', 'host names, with a port or without (default: by instance domain or ports)')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples(['admin instance create team --host team.example.com localhost:9001']))
    .action(async (id, options) => end(await (await load()).createInstance(context, id, options)));
  instance
    .command('list')
    .description('list the instances')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples(['admin instance list --json']))
    .action(async (options) => end(await (await load()).listInstances(context, options)));
  instance
    .command('destroy <id>')
    .description('delete the database, blobs and keys of an instance for good')
    .option('--yes', 'without it nothing happens')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examples(['admin instance destroy team --yes']))
    .action(async (id, options) => end(await (await load()).destroyInstanceById(context, id, options)));
}

function addMoves(admin: Command, { context, end }: Building): void {
  admin
    .command('move-storage')
    .description('copy all blobs to another storage, while the server runs; the rest while it is stopped')
    .option('--to <place>', 's3://BUCKET/PREFIX?…, data-folder, or the path of another data folder')
    .option('--to-file <file>', 'a file that holds the place, so that its secrets are in no list of processes')
    .option('--instance <id>', 'one instance instead of all')
    .option('--finish', 'do the last step: no server runs (on SQLite that is seen)')
    .option('--verify', 'read what the new storage has already, instead of comparing sizes')
    .option('--dry-run', 'count what there is to copy, and copy nothing')
    .option('--undo', 'let the server start with its former blobs again after a finished move')
    .option('--concurrency <count>', 'objects that are copied at once (default: 4)')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples([
        "admin move-storage --to 's3://registry-blobs/production?endpoint=https://s3.example.com' --dry-run",
        'admin move-storage --to-file /run/secrets/new-blobs --finish --verify',
        'admin move-storage --to data-folder',
      ]),
    )
    .action(async (options) => {
      const { moveStorage } = await import('./admin-move-storage.ts');
      end(await moveStorage(context, options));
    });
  admin
    .command('move-database')
    .description('copy the database into another engine, while no server runs, and compare every value')
    .option('--to <place>', 'postgres://USER:PASSWORD@HOST/DATABASE, or sqlite (in the data folder)')
    .option('--to-file <file>', 'a file that holds the place, so that its password is in no list of processes')
    .option('--replace', 'remove what an earlier move has left in the new place, and fill it anew')
    .option('--dry-run', 'count what there is to copy, and copy nothing')
    .option('--undo', 'let the server start on this database again after it was moved')
    .option(...CONFIG_OPTION)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examples([
        'admin move-database --to-file /run/secrets/database-url --dry-run',
        'admin move-database --to postgres://registry:secret@db.example.com/registry',
        'admin move-database --to sqlite',
      ]),
    )
    .action(async (options) => {
      const { moveDatabase } = await import('./admin-move-database.ts');
      end(await moveDatabase(context, options));
    });
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  roadstead ${line}\n`).join('')}`;
}
