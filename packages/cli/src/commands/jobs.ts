import { Command, Option } from 'commander';
import { usageError } from '../cli-error.ts';
import { listOf, recordOf } from '../json-shape.ts';
import { type Execution, nameExecution, readExecution } from '../operations/execution.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { callForJson, callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { formatDuration } from '../terminal/format-duration.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

interface ListOptions {
  readonly kind?: string;
  readonly status?: string;
  readonly limit: string;
}

const STATUSES = ['pending', 'running', 'success', 'error', 'stopped'] as const;

export function createJobsCommand(context: CommandContext): Command {
  return new Command('jobs')
    .description('see what the server was asked to do, and what it says of it (administrators)')
    .addCommand(
      new Command('ls')
        .description('list executions, the newest first')
        .option('--kind <KIND>', 'only of this kind, e.g. garbage-collection')
        .addOption(new Option('--status <STATUS>', 'only of this status').choices(STATUSES))
        .option('--limit <COUNT>', 'so many at most, up to 100', '20')
        .action((options: ListOptions, command: Command) => list(context.openSession(command), options)),
    )
    .addCommand(
      new Command('log')
        .description('show what an execution has said')
        .argument('<id>', 'of an execution, as `jobs ls` shows it')
        .option('--job', 'the id is that of a job, such as the one that `gc status` shows')
        .action((id: string, options: { job?: boolean }, command: Command) =>
          log(context.openSession(command), id, options.job ?? false),
        ),
    )
    .addCommand(
      new Command('stop')
        .description('stop an execution: what waits at once, what runs as soon as it can')
        .argument('<execution>', 'its id')
        .action((id: string, _options: object, command: Command) => stop(context.openSession(command), id)),
    );
}

async function list(session: Session, { kind, status, limit }: ListOptions): Promise<void> {
  if (!/^(?:[1-9][0-9]?|100)$/.test(limit)) throw usageError('--limit takes a number from 1 to 100');
  const connection = await session.connect();
  const query = new URLSearchParams({ page_size: limit });
  if (kind !== undefined) query.set('kind', kind);
  if (status !== undefined) query.set('status', status);
  const path = `/executions?${query}`;
  const { document } = await callForJson(connection, { method: 'GET', path, action: 'list executions' });
  const executions = listOf(document).map((item) => readExecution(recordOf(item)));
  session.printer.result({
    json: { server: connection.server.host, executions: executions.map((execution) => execution.document) },
    text: () => renderTable(['ID', 'WHAT', 'STATUS', 'STARTED', 'TOOK', 'BY'], executions.map(renderRow)),
    quiet: () => executions.map(({ id }) => String(id)).join('\n'),
  });
}

function renderRow(execution: Execution): readonly string[] {
  const { id, status, startedAt, endedAt, actor } = execution;
  const tookMs =
    startedAt === undefined || endedAt === undefined ? undefined : Date.parse(endedAt) - Date.parse(startedAt);
  const took = tookMs === undefined ? '-' : formatDuration(tookMs);
  return [String(id), nameExecution(execution), status, startedAt ?? '-', took, actor];
}

async function log(session: Session, id: string, isJob: boolean): Promise<void> {
  const connection = await session.connect();
  const jobIds = isJob ? [readId(id)] : await findJobIds(connection, readId(id));
  const logs: { readonly id: number; readonly text: string }[] = [];
  for (const jobId of jobIds) {
    const call = { method: 'GET', path: `/jobs/${jobId}/log`, action: `read the log of job ${jobId}` } as const;
    logs.push({ id: jobId, text: await (await callRoadstead(connection, call)).text() });
  }
  session.printer.result({
    json: { server: connection.server.host, jobs: logs.map((one) => ({ id: one.id, log: one.text })) },
    text: () => logs.map(({ text }) => text.trimEnd()).join('\n'),
  });
}

async function findJobIds(connection: RegistryConnection, id: number): Promise<readonly number[]> {
  const call = { method: 'GET', path: `/executions/${id}`, action: `look at execution ${id}` } as const;
  return readExecution(await callForRecord(connection, call)).jobs.map((job) => job.id);
}

async function stop(session: Session, text: string): Promise<void> {
  const id = readId(text);
  const connection = await session.connect();
  await callRoadstead(connection, { method: 'POST', path: `/executions/${id}/stop`, action: `stop execution ${id}` });
  session.printer.result({
    json: { server: connection.server.host, execution: id },
    text: () => `Execution ${id} stops.`,
    quiet: () => '',
  });
}

function readId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw usageError(`${JSON.stringify(text)} is no id`, 'roadstead jobs ls');
}
