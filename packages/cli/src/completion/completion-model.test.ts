import { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { renderBashCompletion } from './bash-completion.ts';
import { createCompletionModel } from './completion-model.ts';
import { renderFishCompletion } from './fish-completion.ts';
import { renderZshCompletion } from './zsh-completion.ts';

function createModel() {
  const program = new Command('ship').option('--server <URL>', 'the server').version('1');
  program.addCommand(
    new Command('show')
      .description("show: what's there")
      .argument('<reference>')
      .addOption(new Option('--sort <ORDER>', 'the order').choices(['up', 'down'])),
  );
  const wait = ['--no-wait', 'only start it'] as const;
  program.addCommand(
    new Command('gc')
      .addCommand(new Command('run').option(...wait))
      .addCommand(new Command('purge').option('--yes', 'do not ask').option(...wait)),
  );
  program.addCommand(new Command('serve').description('run it').argument('[arguments...]'));
  program.addCommand(new Command('__hidden'), { hidden: true });
  return createCompletionModel(program);
}

test('the model knows the visible commands, their options and the shared ones', () => {
  const { commands } = createModel();
  expect(commands.map(({ name }) => name)).toEqual(['show', 'gc', 'serve']);
  expect(commands[0]).toMatchObject({ takesReference: true });
  expect(commands[0]?.options.map(({ flag }) => flag)).toEqual(['--sort', '--server', '--help']);
  expect(commands[1]).toMatchObject({ words: ['run', 'purge'], takesReference: false });
  expect(commands[1]?.options.map(({ flag }) => flag)).toEqual(['--no-wait', '--yes', '--server', '--help']);
  expect(commands[2]?.options).toEqual([]);
});

test('each script offers commands, options, choices and the names of repositories', () => {
  const model = createModel();
  for (const render of [renderBashCompletion, renderZshCompletion, renderFishCompletion]) {
    const script = render(model);
    for (const word of ['show', 'serve', 'sort', 'server', 'ship __repositories']) expect(script).toContain(word);
    expect(script).not.toContain('__hidden');
  }
  expect(renderBashCompletion(model)).toContain('compgen -W "up down"');
  expect(renderFishCompletion(model)).toContain("-x -a 'up down'");
});

test('quotes and colons of descriptions do not break the scripts', () => {
  expect(renderZshCompletion(createModel())).toContain("'show:show\\: what'\\''s there'");
  expect(renderFishCompletion(createModel())).toContain("'show: what\\'s there'");
});
