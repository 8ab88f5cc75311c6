import { Command } from 'commander';
import { findNumber, findString, type JsonRecord, recordOf } from '../json-shape.ts';
import { plural } from '../operations/render-collection.ts';
import { runExecution } from '../operations/run-execution.ts';
import { callForRecord } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import type { CommandContext } from './command-context.ts';

export function createScrubCommand(context: CommandContext): Command {
  return new Command('scrub')
    .description('read stored copies again and compare them with their digests (administrators)')
    .addCommand(
      new Command('status')
        .description('show how far it is, and what it has found')
        .action((_options: object, command: Command) => status(context.openSession(command))),
    )
    .addCommand(
      new Command('run')
        .description('read everything once, from the start')
        .option('--no-wait', 'only start it, and print its id')
        .action((options: { wait: boolean }, command: Command) => run(context.openSession(command), options)),
    );
}

async function status(session: Session): Promise<void> {
  const connection = await session.connect();
  const found = await callForRecord(connection, { method: 'GET', path: '/scrub', action: 'look at the scrub' });
  session.printer.result({
    json: { server: connection.server.host, ...found },
    text: () => renderStatus(found),
  });
}

function renderStatus(status: JsonRecord): string {
  const rate = findNumber(recordOf(status['settings']), 'bytesPerSecond') ?? 0;
  const round = recordOf(status['round']);
  const last = recordOf(status['lastRound']);
  const startedAt = findString(round, 'startedAt');
  const endedAt = findString(last, 'endedAt');
  const lines = [
    ['rate', rate === 0 ? 'off: it runs only when somebody asks for it' : `${formatBytes(rate)} a second`],
    ['this round', startedAt === undefined ? 'none under way' : `since ${startedAt}: ${renderRead(round)}`],
    [
      'last round',
      endedAt === undefined ? 'none yet' : `${endedAt}, took ${formatDuration(findNumber(last, 'durationMs') ?? 0)}`,
    ],
    ['found', renderFound(status)],
  ];
  return lines.map(([name = '', text]) => `${name.padEnd(14)}${text}`).join('\n');
}

function renderRead(counts: JsonRecord): string {
  const copies = plural(findNumber(counts, 'blobs') ?? 0, 'stored copy', 'stored copies');
  return `${copies} in ${formatBytes(findNumber(counts, 'bytes') ?? 0)} read`;
}

function renderFound(counts: JsonRecord): string {
  const parts = ['damaged', 'missing', 'unreadable'].map((verdict) => `${findNumber(counts, verdict) ?? 0} ${verdict}`);
  return parts.join(', ');
}

async function run(session: Session, { wait }: { readonly wait: boolean }): Promise<void> {
  const connection = await session.connect();
  const call = { method: 'POST', path: '/scrub/runs', action: 'start the scrub' } as const;
  const render = (result: JsonRecord) => `${renderRead(result)}: ${renderFound(result)}`;
  await runExecution(session, connection, { call, wait, render });
}
