import type { CompletedCommand, CompletionModel } from './completion-model.ts';

/** A script for a file `_roadstead` in `$fpath`, or for `eval` after `compinit`. */
export function renderZshCompletion(model: CompletionModel): string {
  const names = model.commands.map((command) => command.name).join('|');
  return `#compdef ${model.program}
# zsh completion for ${model.program}
_${model.program}() {
  local command="" word
  local -a commands options values
  commands=(
${model.commands.map((command) => `    ${quote(`${command.name}:${escapeColon(command.description)}`)}`).join('\n')}
  )
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in (${names}) command="$word"; break ;; esac
  done
  if [[ -z "$command" ]]; then
    _describe -t commands command commands
    return
  fi
  case "$command" in
${model.commands.map((command) => renderCommand(command, model.program)).join('\n')}
  esac
  if [[ "$PREFIX" == -* ]]; then
    _describe -o -t options option options
  elif (( \${#values} )); then
    compadd -- $values || _files
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == "_${model.program}" ]]; then
  _${model.program} "$@"
else
  compdef _${model.program} ${model.program}
fi
`;
}

function renderCommand(command: CompletedCommand, program: string): string {
  const options = command.options.map((option) => quote(`${option.flag}:${escapeColon(option.description)}`)).join(' ');
  const values = command.takesReference ? `\${(f)"$(${program} __repositories 2>/dev/null)"}` : command.words.join(' ');
  // The names are only fetched when they are wanted.
  return `    (${command.name}) options=(${options}); [[ "$PREFIX" == -* ]] || values=(${values}) ;;`;
}

function escapeColon(text: string): string {
  return text.replaceAll(':', '\\:');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
