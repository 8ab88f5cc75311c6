import type { CompletedCommand, CompletionModel } from './completion-model.ts';

/** A script for `eval "$(roadstead completion bash)"`. Needs nothing of the bash-completion package. */
export function renderBashCompletion(model: CompletionModel): string {
  const names = model.commands.map((command) => command.name).join(' ');
  return `# bash completion for ${model.program}
_${model.program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" command="" word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${names} " in *" $word "*) command="$word"; break ;; esac
  done
  case "$previous" in
${renderValues(model)}
  esac
  local words="" references=""
  case "$command" in
    "") words="${names}" ;;
${model.commands.map(renderCommand).join('\n')}
  esac
  if [[ "$current" != -* && -n "$references" && "$current" != *[:@]* ]]; then
    words="$(${model.program} __repositories 2>/dev/null)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${model.program} ${model.program}
`;
}

function renderCommand(command: CompletedCommand): string {
  const words = [...command.words, ...command.options.map((option) => option.flag)].join(' ');
  return `    ${command.name}) words="${words}"${command.takesReference ? ' references=1' : ''} ;;`;
}

/** The word after an option that takes a value is one of its choices, or else a file name. */
function renderValues(model: CompletionModel): string {
  const options = new Map(model.commands.flatMap(({ options }) => options).map((option) => [option.flag, option]));
  const lines = [...options.values()]
    .filter((option) => option.takesValue)
    .map((option) =>
      option.choices.length === 0
        ? `    ${option.flag}) return ;;`
        : `    ${option.flag}) COMPREPLY=($(compgen -W "${option.choices.join(' ')}" -- "$current")); return ;;`,
    );
  return lines.join('\n');
}
