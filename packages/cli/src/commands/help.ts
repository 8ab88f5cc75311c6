import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { EXIT_CODE_MEANINGS } from '../exit-code.ts';
import type { CommandContext } from './command-context.ts';
import { runServerEntry, SERVER_COMMANDS } from './server-command.ts';

export function createHelpCommand(context: CommandContext, program: Command): Command {
  return new Command('help')
    .description('help on a command, or on exit-codes')
    .argument('[topic]')
    .action((topic: string | undefined) => help(context, program, topic));
}

async function help(context: CommandContext, program: Command, topic: string | undefined): Promise<void> {
  const { stdout } = context.runtime;
  if (topic === undefined) {
    stdout.write(program.helpInformation());
    return;
  }
  if (topic === 'exit-codes') {
    stdout.write(
      `${EXIT_CODE_MEANINGS.map(([code, meaning]) => `${String(code).padStart(3)}  ${meaning}`).join('\n')}\n`,
    );
    return;
  }
  if (SERVER_COMMANDS.has(topic)) {
    context.setExitCode(await runServerEntry([topic, '--help']));
    return;
  }
  const command = program.commands.find((one) => one.name() === topic && !topic.startsWith('__'));
  if (!command) throw usageError(`there is no help on ${JSON.stringify(topic)}`, 'roadstead help');
  stdout.write(command.helpInformation());
}
