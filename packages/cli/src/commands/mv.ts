import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import type { CommandContext } from './command-context.ts';

export function createMvCommand(context: CommandContext): Command {
  return new Command('mv')
    .description('give a project or a repository another name; the former one still leads to it')
    .argument('<from>', 'project, or project/repository')
    .argument('<to>', 'a name of the same kind; a repository may go to another project')
    .addHelpText('after', '\nPulls by the former name go on, pushes to it are refused with the name of now.')
    .action((from: string, to: string, _options: object, command: Command) =>
      move(context.openSession(command), from, to),
    );
}

async function move(session: Session, from: string, to: string): Promise<void> {
  const isRepository = from.includes('/');
  if (isRepository !== to.includes('/')) {
    throw usageError('a project stays a project, and a repository one', 'roadstead mv team/app payments/api');
  }
  const connection = await session.connect();
  const action = `give ${from} the name ${to}`;
  await callRoadstead(
    connection,
    isRepository
      ? { method: 'POST', path: '/repository-moves', body: { from, to }, action }
      : { method: 'PUT', path: `/projects/${encodeURIComponent(from)}/name`, body: { name: to }, action },
  );
  session.printer.result({
    json: { server: connection.server.host, from, to },
    text: () => `${from} is called ${to} now. Pulls find it by both names, until \`roadstead former-names give-up\`.`,
    quiet: () => to,
  });
}
