import type { Command, Option } from 'commander';

/** What the shells have to know of the command line; read from the commands themselves. */
export interface CompletionModel {
  readonly program: string;
  readonly commands: readonly CompletedCommand[];
}

export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** Fixed words that the first argument may be: choices, or the names of the commands below this one. */
  readonly words: readonly string[];
  /** Whether arguments are references, so that names of repositories are offered. */
  readonly takesReference: boolean;
}

export interface CompletedOption {
  /** `--name`. */
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

const REFERENCE_ARGUMENTS: ReadonlySet<string> = new Set([
  'reference',
  'repository',
  'source',
  'destination',
  'prefix',
]);

export function createCompletionModel(program: Command): CompletionModel {
  const shared = program.options.filter((option) => option.long !== '--version').map(readOption);
  const visible = program.commands.filter((command) => !command.name().startsWith('__'));
  return { program: program.name(), commands: visible.map((command) => readCommand(command, shared)) };
}

function readCommand(command: Command, shared: readonly CompletedOption[]): CompletedCommand {
  const args = command.registeredArguments;
  // A command of the server has flags of its own, which are not known here.
  const isForeign = args.some((argument) => argument.name() === 'arguments');
  const help = { flag: '--help', description: 'show the help', takesValue: false, choices: [] };
  return {
    name: command.name(),
    description: command.description(),
    options: isForeign ? [] : [...readOptions(command), ...shared, help],
    words: args[0]?.argChoices ?? command.commands.map((sub) => sub.name()),
    takesReference: args.some((argument) => REFERENCE_ARGUMENTS.has(argument.name())),
  };
}

/** Those of the commands below it too, each once. */
function readOptions(command: Command): readonly CompletedOption[] {
  const all = [command, ...command.commands].flatMap((one) => one.options.map(readOption));
  return [...new Map(all.map((option) => [option.flag, option])).values()];
}

function readOption(option: Option): CompletedOption {
  return {
    flag: option.long ?? option.short ?? '',
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}
