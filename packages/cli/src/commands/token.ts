import { Command, Option } from 'commander';
import { collect, readPermissionArguments } from '../access/permission-arguments.ts';
import { readDays, readId } from '../access/read-arguments.ts';
import { findNumber, findString, type JsonRecord, listOf, recordOf } from '../json-shape.ts';
import { callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

interface CreateOptions {
  readonly allow?: readonly string[];
  readonly days?: string;
}

const PATH = '/access-tokens';

export function createTokenCommand(context: CommandContext): Command {
  return new Command('token')
    .description('access tokens: passwords of yours for tools, each with its own bounds and end')
    .addCommand(
      new Command('list')
        .description('list your tokens')
        .option('--user <NAME>', 'those of another user (administrators)')
        .action((options: { user?: string }, command: Command) => list(context.openSession(command), options.user)),
    )
    .addCommand(
      new Command('create')
        .description('make a token, and print it')
        .argument('<name>', 'what it is for')
        .addOption(
          new Option('--allow <WHAT>', 'PLACE=resource:action,…: bounds it; without, it may what you may').argParser(
            collect,
          ),
        )
        .option('--days <COUNT>', 'it ends after so many days; without, it does not end by itself')
        .action((name: string, options: CreateOptions, command: Command) =>
          create(context.openSession(command), name, options),
        ),
    )
    .addCommand(
      new Command('revoke')
        .description('end a token')
        .argument('<id>', 'as `token list` shows it')
        .action((id: string, _options: object, command: Command) =>
          revoke(context.openSession(command), readId(id, 'roadstead token list')),
        ),
    );
}

async function list(session: Session, user: string | undefined): Promise<void> {
  const connection = await session.connect();
  const path = user === undefined ? PATH : `${PATH}?${new URLSearchParams({ user })}`;
  const answer = await callForRecord(connection, { method: 'GET', path, action: 'list access tokens' });
  const items = listOf(answer['items']).map(recordOf);
  session.printer.result({
    json: { server: connection.server.host, items },
    text: () => renderTable(['ID', 'NAME', 'ENDS', 'LAST USED', 'MAY'], items.map(renderRow)),
    quiet: () => items.map((item) => String(findNumber(item, 'id'))).join('\n'),
  });
}

function renderRow(item: JsonRecord): readonly string[] {
  const blocks = listOf(item['permissions']).map((block) => {
    const { namespace, access } = recordOf(block);
    return `${namespace}=${listOf(access)
      .map(recordOf)
      .map(({ resource, action }) => `${resource}:${action}`)
      .join(',')}`;
  });
  return [
    String(findNumber(item, 'id')),
    findString(item, 'name') ?? '',
    findString(item, 'expiresAt') ?? 'never',
    findString(item, 'lastUsedAt') ?? 'never',
    item['permissions'] === null ? 'what its owner may' : blocks.join(' '),
  ];
}

async function create(session: Session, name: string, { allow, days }: CreateOptions): Promise<void> {
  const permissions = allow === undefined ? undefined : readPermissionArguments(allow, undefined);
  const expiresInDays = days === undefined ? undefined : readDays(days);
  const connection = await session.connect();
  const body = {
    name,
    ...(permissions === undefined ? {} : { permissions }),
    ...(expiresInDays === undefined ? {} : { expiresInDays }),
  };
  const made = await callForRecord(connection, { method: 'POST', path: PATH, body, action: 'make the access token' });
  const token = findString(made, 'token') ?? '';
  session.printer.result({
    json: { server: connection.server.host, ...made },
    text: () =>
      `Made the access token ${findString(made, 'name')} (id ${findNumber(made, 'id')}), which is not shown again:\n${token}`,
    quiet: () => token,
  });
}

async function revoke(session: Session, id: number): Promise<void> {
  const connection = await session.connect();
  await callRoadstead(connection, { method: 'DELETE', path: `${PATH}/${id}`, action: `revoke access token ${id}` });
  session.printer.result({
    json: { server: connection.server.host, revoked: id },
    text: () => `Revoked access token ${id}.`,
    quiet: () => '',
  });
}
