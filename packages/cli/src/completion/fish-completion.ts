import type { CompletedCommand, CompletedOption, CompletionModel } from './completion-model.ts';

/** A script for `~/.config/fish/completions/roadstead.fish`. */
export function renderFishCompletion(model: CompletionModel): string {
  const { program } = model;
  const lines = model.commands.flatMap((command) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${command.name} -d ${quote(command.description)}`,
    ...renderArguments(command, program),
    ...command.options.map((option) => renderOption(command, option, program)),
  ]);
  return `# fish completion for ${program}\n${lines.join('\n')}\n`;
}

function renderArguments(command: CompletedCommand, program: string): readonly string[] {
  const condition = `-n '__fish_seen_subcommand_from ${command.name}'`;
  if (command.takesReference)
    return [`complete -c ${program} ${condition} -a '(${program} __repositories 2>/dev/null)'`];
  return command.words.length === 0
    ? []
    : [`complete -c ${program} ${condition} -f -a ${quote(command.words.join(' '))}`];
}

function renderOption(command: CompletedCommand, option: CompletedOption, program: string): string {
  const choices = option.choices.length === 0 ? '' : ` -x -a ${quote(option.choices.join(' '))}`;
  const value = option.takesValue && choices === '' ? ' -r' : choices;
  const condition = `-n '__fish_seen_subcommand_from ${command.name}'`;
  return `complete -c ${program} ${condition} -l ${option.flag.replace(/^-+/, '')}${value} -d ${quote(option.description)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
