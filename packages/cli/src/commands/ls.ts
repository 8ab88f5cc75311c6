import { Command } from 'commander';
import { collect, listRepositories } from '../registry/list-pages.ts';
import { listProjects } from '../registry/list-projects.ts';
import type { Session } from '../session.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

export function createLsCommand(context: CommandContext): Command {
  return new Command('ls')
    .description('list the repositories that you may read')
    .argument('[prefix]', 'only names that begin so, e.g. acme/')
    .option('--projects', 'list projects instead')
    .action((prefix: string | undefined, options: { projects?: boolean }, command: Command) =>
      options.projects
        ? lsProjects(context.openSession(command), prefix)
        : lsRepositories(context.openSession(command), prefix),
    );
}

async function lsRepositories(session: Session, prefix = ''): Promise<void> {
  const connection = await session.connect();
  const names = await collect(listRepositories(connection));
  const repositories = names.filter((name) => name.startsWith(prefix));
  session.printer.result({
    json: { server: connection.server.host, repositories },
    text: () => repositories.join('\n'),
  });
}

async function lsProjects(session: Session, prefix = ''): Promise<void> {
  const connection = await session.connect();
  const all = await collect(listProjects(connection));
  const projects = all.filter((project) => project.name.startsWith(prefix));
  session.printer.result({
    json: { server: connection.server.host, projects },
    text: () =>
      renderTable(
        ['PROJECT', 'ACCESS', 'REPOSITORIES'],
        projects.map((project) => [
          project.name,
          project.public ? 'public' : 'private',
          String(project.repositoryCount),
        ]),
      ),
    quiet: () => projects.map((project) => project.name).join('\n'),
  });
}
