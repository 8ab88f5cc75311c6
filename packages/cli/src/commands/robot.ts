import { Command, Option } from 'commander';
import { collect, readPermissionArguments } from '../access/permission-arguments.ts';
import { readDays, readId, readSeconds } from '../access/read-arguments.ts';
import { findSecret } from '../access/read-secret.ts';
import { usageError } from '../cli-error.ts';
import { findNumber, findString, type JsonRecord, listOf, recordOf } from '../json-shape.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { callForJson, callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { assertCanAsk, confirmOnTerminal } from '../terminal/confirm-on-terminal.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

interface CreateOptions {
  readonly project?: string;
  readonly allow?: readonly string[];
  readonly description?: string;
  readonly days?: string;
  readonly forEver?: boolean;
  readonly secretStdin?: boolean;
}

interface RotateOptions {
  readonly overlap?: string;
  readonly secretStdin?: boolean;
}

const ROBOTS = '/api/v2.0/robots';
const PAGE_SIZE = 100;
const LIST = 'roadstead robot list';

export function createRobotCommand(context: CommandContext): Command {
  const withId = (name: string) => new Command(name).argument('<id>', 'as `robot list` shows it');
  return new Command('robot')
    .description('accounts for machines: of a project, or of the whole server')
    .addCommand(
      new Command('list')
        .description('list the robots of the server, or of a project')
        .option('--project <NAME>', 'those of this project')
        .action((options: { project?: string }, command: Command) =>
          list(context.openSession(command), options.project),
        ),
    )
    .addCommand(createCreate(context))
    .addCommand(
      withId('rotate')
        .description('give a robot a new secret, and print it')
        .option('--overlap <TIME>', 'so long the old one works too, e.g. 24h; at most 7d')
        .option('--secret-stdin', 'read the new secret from standard input instead of having one made')
        .action((id: string, options: RotateOptions, command: Command) =>
          rotate(context.openSession(command), readId(id, LIST), options),
        ),
    )
    .addCommand(
      withId('disable')
        .description('refuse a robot, and what was issued to it, until it is enabled')
        .action((id: string, _options: object, command: Command) =>
          setDisabled(context.openSession(command), readId(id, LIST), true),
        ),
    )
    .addCommand(
      withId('enable')
        .description('let a robot work again')
        .action((id: string, _options: object, command: Command) =>
          setDisabled(context.openSession(command), readId(id, LIST), false),
        ),
    )
    .addCommand(
      withId('delete')
        .description('remove a robot for good')
        .option('-y, --yes', 'do not ask')
        .action((id: string, options: { yes?: boolean }, command: Command) =>
          remove(context.openSession(command), readId(id, LIST), options.yes ?? false),
        ),
    );
}

function createCreate(context: CommandContext): Command {
  return new Command('create')
    .description('make a robot, and print its secret')
    .argument('<name>', 'without prefix and project')
    .option('--project <NAME>', 'of this project; without it, of the server')
    .addOption(
      new Option('--allow <WHAT>', '[PLACE=]resource:action,…: a project, * or / as the place').argParser(collect),
    )
    .option('--description <TEXT>', 'what it is for')
    .option('--days <COUNT>', 'it ends after so many days; default: what the server has set')
    .option('--for-ever', 'it does not end by itself')
    .option('--secret-stdin', 'read its secret from standard input instead of having one made')
    .action((name: string, options: CreateOptions, command: Command) =>
      create(context.openSession(command), name, options),
    );
}

async function list(session: Session, project: string | undefined): Promise<void> {
  const connection = await session.connect();
  const level =
    project === undefined ? 'Level=system' : `Level=project,ProjectID=${await findProjectId(connection, project)}`;
  const robots: JsonRecord[] = [];
  for (let page = 1; ; page += 1) {
    const query = new URLSearchParams({ q: level, page: String(page), page_size: String(PAGE_SIZE) });
    const path = `${ROBOTS}?${query}`;
    const { document } = await callForJson(connection, { method: 'GET', path, action: 'list robots' });
    const found = listOf(document).map(recordOf);
    robots.push(...found);
    if (found.length < PAGE_SIZE) break;
  }
  session.printer.result({
    json: { server: connection.server.host, robots },
    text: () => renderTable(['ID', 'NAME', 'STATE', 'ENDS', 'MAY'], robots.map(renderRow)),
    quiet: () => robots.map((robot) => String(findNumber(robot, 'id'))).join('\n'),
  });
}

async function findProjectId(connection: RegistryConnection, name: string): Promise<number> {
  const path = `/api/v2.0/projects/${encodeURIComponent(name)}`;
  const project = await callForRecord(connection, { method: 'GET', path, action: `look at the project ${name}` });
  return findNumber(project, 'project_id') ?? 0;
}

function renderRow(robot: JsonRecord): readonly string[] {
  const endsAt = findNumber(robot, 'expires_at') ?? -1;
  const may = listOf(robot['permissions']).map((item) => {
    const { namespace, access } = recordOf(item);
    const what = listOf(access).map((entry) => {
      const { resource, action, effect } = recordOf(entry);
      return `${effect === 'deny' ? '!' : ''}${resource}:${action}`;
    });
    return `${namespace}=${what.join(',')}`;
  });
  return [
    String(findNumber(robot, 'id')),
    findString(robot, 'name') ?? '',
    robot['disable'] === true ? 'disabled' : 'enabled',
    endsAt < 0 ? 'never' : new Date(endsAt * 1000).toISOString(),
    may.join(' '),
  ];
}

async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { project, allow = [], days, forEver = false, description } = options;
  const permissions = readPermissionArguments(allow, project);
  if (permissions.length === 0) throw usageError('say what the robot may do', "--allow 'team=repository:pull'");
  if (forEver && days !== undefined) throw usageError('--days and --for-ever exclude each other');
  const duration = forEver ? -1 : days === undefined ? undefined : readDays(days);
  const secret = await findSecret(session, options.secretStdin ?? false);
  const connection = await session.connect();
  const body = {
    name,
    level: project === undefined ? 'system' : 'project',
    permissions,
    ...(duration === undefined ? {} : { duration }),
    ...(description === undefined ? {} : { description }),
    ...(secret === undefined ? {} : { secret }),
  };
  const robot = await callForRecord(connection, { method: 'POST', path: ROBOTS, body, action: 'make the robot' });
  const shown = findString(robot, 'secret') ?? '';
  session.printer.result({
    json: { server: connection.server.host, ...robot },
    text: () =>
      [
        `Made the robot ${findString(robot, 'name')} (id ${findNumber(robot, 'id')}).`,
        ...(secret === undefined ? ['Its secret, which is not shown again:', shown] : []),
      ].join('\n'),
    quiet: () => (secret === undefined ? shown : ''),
  });
}

async function rotate(session: Session, id: number, { overlap, secretStdin }: RotateOptions): Promise<void> {
  const overlapSeconds = overlap === undefined ? 0 : readSeconds('--overlap', overlap);
  const chosen = await findSecret(session, secretStdin ?? false);
  const connection = await session.connect();
  const body = {
    ...(overlapSeconds === 0 ? {} : { overlap_seconds: overlapSeconds }),
    ...(chosen === undefined ? {} : { secret: chosen }),
  };
  const call = { method: 'PATCH', path: `${ROBOTS}/${id}`, body, action: `give robot ${id} a new secret` } as const;
  const secret = findString(await callForRecord(connection, call), 'secret') ?? '';
  const old = overlap === undefined ? 'The old one works no more' : `The old one works for ${overlap} more`;
  session.printer.result({
    json: { server: connection.server.host, id, secret },
    text: () =>
      [
        `Robot ${id} has a new secret. ${old}.`,
        ...(chosen === undefined ? ['It is not shown again:', secret] : []),
      ].join('\n'),
    quiet: () => secret,
  });
}

async function setDisabled(session: Session, id: number, disable: boolean): Promise<void> {
  const connection = await session.connect();
  const path = `${ROBOTS}/${id}`;
  const robot = await callForRecord(connection, { method: 'GET', path, action: `look at robot ${id}` });
  const action = `${disable ? 'disable' : 'enable'} robot ${id}`;
  await callRoadstead(connection, { method: 'PUT', path, body: { ...robot, disable }, action });
  session.printer.result({
    json: { server: connection.server.host, id, disable },
    text: () => `The robot ${findString(robot, 'name')} is ${disable ? 'disabled' : 'enabled'}.`,
    quiet: () => '',
  });
}

async function remove(session: Session, id: number, yes: boolean): Promise<void> {
  if (!yes) assertCanAsk(session, { command: 'robot delete' });
  const connection = await session.connect();
  const path = `${ROBOTS}/${id}`;
  if (!yes) {
    const robot = await callForRecord(connection, { method: 'GET', path, action: `look at robot ${id}` });
    const consequence = `Will delete the robot ${findString(robot, 'name')}: whatever uses it is refused from then on.`;
    await confirmOnTerminal(session, { command: 'robot delete', consequence, question: 'Delete?' });
  }
  await callRoadstead(connection, { method: 'DELETE', path, action: `delete robot ${id}` });
  session.printer.result({
    json: { server: connection.server.host, deleted: id },
    text: () => `Deleted robot ${id}.`,
    quiet: () => '',
  });
}
