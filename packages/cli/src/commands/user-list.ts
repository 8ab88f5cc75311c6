import { Command } from 'commander';
import { findNumber, findString, type JsonRecord, listOf, recordOf } from '../json-shape.ts';
import { callForRecord } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

const PAGE_SIZE = 100;

interface ListOptions {
  readonly withoutSecondFactor?: boolean;
}

export function createUserListCommand(context: CommandContext): Command {
  return new Command('list')
    .description('list the accounts and what state they are in')
    .option('--without-second-factor', 'only those that have none')
    .action((options: ListOptions, command: Command) =>
      list(context.openSession(command), options.withoutSecondFactor ?? false),
    );
}

async function list(session: Session, withoutSecondFactor: boolean): Promise<void> {
  const connection = await session.connect();
  const items: JsonRecord[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const filter = withoutSecondFactor ? '&secondFactor=none' : '';
    const path: string = `/users?limit=${PAGE_SIZE}&after=${after}${filter}`;
    const page: JsonRecord = await callForRecord(connection, { method: 'GET', path, action: 'list the accounts' });
    items.push(...listOf(page['items']).map(recordOf));
    after = findNumber(page, 'next');
  }
  session.printer.result({
    json: { server: connection.server.host, items },
    text: () =>
      renderTable(
        ['ID', 'NAME', 'E-MAIL', 'SECOND FACTOR', 'STATE'],
        items.map((item) => [
          String(findNumber(item, 'id') ?? ''),
          findString(item, 'username') ?? '',
          findString(item, 'email') || '-',
          listOf(item['secondFactors']).join(', ') || '-',
          stateOf(item),
        ]),
      ),
    quiet: () => items.map((item) => findString(item, 'username') ?? '').join('\n'),
  });
}

function stateOf(item: JsonRecord): string {
  const words = [
    ...(item['isAdministrator'] === true ? ['administrator'] : []),
    ...(item['isDisabled'] === true ? ['disabled'] : []),
    ...(item['mustChangePassword'] === true ? ['must change the password'] : []),
  ];
  return words.join(', ') || '-';
}
