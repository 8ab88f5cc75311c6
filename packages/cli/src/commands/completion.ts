import { Argument, Command } from 'commander';
import { renderBashCompletion } from '../completion/bash-completion.ts';
import { type CompletionModel, createCompletionModel } from '../completion/completion-model.ts';
import { renderFishCompletion } from '../completion/fish-completion.ts';
import { renderZshCompletion } from '../completion/zsh-completion.ts';
import { collect, listRepositories } from '../registry/list-pages.ts';
import { Session } from '../session.ts';
import type { CommandContext } from './command-context.ts';

const RENDERERS = {
  bash: renderBashCompletion,
  zsh: renderZshCompletion,
  fish: renderFishCompletion,
} satisfies Record<string, (model: CompletionModel) => string>;

/** The time that a key press may take. */
const LOOKUP_TIMEOUT_MS = 2000;

export function createCompletionCommand({ runtime }: CommandContext, program: Command): Command {
  return new Command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(RENDERERS)))
    .action((shell: keyof typeof RENDERERS) => {
      runtime.stdout.write(RENDERERS[shell](createCompletionModel(program)));
    });
}

/** What the scripts call for the names of repositories. It says nothing rather than fail or wait. */
export function createRepositoriesCommand({ runtime }: CommandContext): Command {
  return new Command('__repositories').action(async () => {
    const session = new Session(
      runtime,
      { quiet: true },
      { transport: { maxAttempts: 1, timeoutMs: LOOKUP_TIMEOUT_MS } },
    );
    try {
      const names = await collect(listRepositories(await session.connect()));
      if (names.length > 0) runtime.stdout.write(`${names.join('\n')}\n`);
    } catch {
      // A shell has no place for an error while somebody types.
    }
  });
}
