import { Command } from 'commander';
import { findString, listOf, recordOf } from '../json-shape.ts';
import { callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { confirmOnTerminal } from '../terminal/confirm-on-terminal.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

interface ProjectOption {
  readonly project: string;
}

const GIVE_UP = 'former-names give-up';

export function createFormerNamesCommand(context: CommandContext): Command {
  return new Command('former-names')
    .description('names that a project and its repositories had before, and are found by')
    .addCommand(
      new Command('list')
        .description('list them')
        .requiredOption('--project <NAME>', 'of this project')
        .action((options: ProjectOption, command: Command) => list(context.openSession(command), options)),
    )
    .addCommand(
      new Command('give-up')
        .description('let a name lead nowhere, so that others may take it')
        .argument('<name>', 'as `former-names list` shows it')
        .requiredOption('--project <NAME>', 'of this project')
        .option('-y, --yes', 'do not ask')
        .action((name: string, options: ProjectOption & { yes?: boolean }, command: Command) =>
          giveUp(context.openSession(command), name, options),
        ),
    );
}

function pathOf({ project }: ProjectOption): string {
  return `/projects/${encodeURIComponent(project)}/former-names`;
}

async function list(session: Session, options: ProjectOption): Promise<void> {
  const connection = await session.connect();
  const call = { method: 'GET', path: pathOf(options), action: 'list former names' } as const;
  const names = listOf((await callForRecord(connection, call))['items']).map(recordOf);
  const textOf = (key: string) => names.map((name) => findString(name, key) ?? '');
  const [former, now, since] = [textOf('name'), textOf('leadsTo'), textOf('since')];
  session.printer.result({
    json: { server: connection.server.host, names },
    text: () =>
      renderTable(
        ['FORMER NAME', 'LEADS TO', 'SINCE'],
        former.map((name, index) => [name, now[index] ?? '', since[index] ?? '']),
      ),
    quiet: () => former.join('\n'),
  });
}

async function giveUp(session: Session, name: string, options: ProjectOption & { yes?: boolean }): Promise<void> {
  if (!options.yes) {
    const consequence = `Will give up ${name}: whoever pulls by it finds nothing any more.`;
    await confirmOnTerminal(session, { command: GIVE_UP, consequence, question: 'Give up?' });
  }
  const connection = await session.connect();
  const path = `${pathOf(options)}?name=${encodeURIComponent(name)}`;
  await callRoadstead(connection, { method: 'DELETE', path, action: `give up ${name}` });
  session.printer.result({
    json: { server: connection.server.host, name },
    text: () => `${name} leads nowhere any more.`,
    quiet: () => name,
  });
}
