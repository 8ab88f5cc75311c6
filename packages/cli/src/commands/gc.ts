import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { recordOf } from '../json-shape.ts';
import { readExecution } from '../operations/execution.ts';
import { renderPreview, renderReport } from '../operations/render-collection.ts';
import { runExecution, waitForExecution } from '../operations/run-execution.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { assertCanAsk, confirmOnTerminal } from '../terminal/confirm-on-terminal.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import type { CommandContext } from './command-context.ts';
import { gcStatus } from './gc-status.ts';

interface WaitOptions {
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

interface PurgeOptions extends WaitOptions {
  readonly yes?: boolean;
}

type Mode = 'dry-run' | 'pass' | 'purge';

const NO_WAIT = ['--no-wait', 'only start it, and print its id'] as const;

export function createGcCommand(context: CommandContext): Command {
  const sub = (name: string, description: string) => new Command(name).description(description);
  return new Command('gc')
    .description('reclaim the space of what nothing leads to any more (administrators)')
    .addCommand(
      sub('status', 'show what waits, what keeps it, and what the last pass did').action(
        (_options: object, command: Command) => gcStatus(context.openSession(command)),
      ),
    )
    .addCommand(
      sub('dry-run', 'show exactly what a pass and a purge would free, and change nothing')
        .option(...NO_WAIT)
        .action((options: WaitOptions, command: Command) => run(context.openSession(command), 'dry-run', options)),
    )
    .addCommand(
      sub('run', 'remove now what is due; it goes by itself too')
        .option(...NO_WAIT)
        .action((options: WaitOptions, command: Command) => run(context.openSession(command), 'pass', options)),
    )
    .addCommand(
      sub('purge', 'empty the trash of all projects, end all delays, and remove what nothing leads to: no undo')
        .option('-y, --yes', 'do not ask')
        .option(...NO_WAIT)
        .action((options: PurgeOptions, command: Command) => purge(context.openSession(command), options)),
    )
    .addCommand(
      sub('confirm', 'let go what waits because it is more than goes without being asked')
        .argument('<bytes>', 'as `gc status` shows them: no more than these are removed')
        .action((bytes: string, _options: object, command: Command) => confirm(context.openSession(command), bytes)),
    );
}

async function run(session: Session, mode: Mode, { wait }: WaitOptions): Promise<void> {
  await start(session, await session.connect(), mode, wait);
}

async function purge(session: Session, { yes = false, wait }: PurgeOptions): Promise<void> {
  if (!yes) assertCanAsk(session, { command: 'gc purge' });
  const connection = await session.connect();
  if (!yes) {
    const started = readExecution(await callForRecord(connection, runCall('dry-run')));
    const { jobs } = await waitForExecution(session, connection, started);
    await confirmOnTerminal(session, {
      command: 'gc purge',
      consequence: `${renderPreview(recordOf(jobs[0]?.result['preview']))}\nPushes under way may fail, and have to be done again.`,
      question: 'Purge now, for good?',
    });
  }
  await start(session, connection, 'purge', wait);
}

function start(session: Session, connection: RegistryConnection, mode: Mode, wait: boolean): Promise<void> {
  const render = (result: Readonly<Record<string, unknown>>) =>
    mode === 'dry-run' ? renderPreview(recordOf(result['preview'])) : renderReport(recordOf(result['report']));
  return runExecution(session, connection, { call: runCall(mode), wait, render });
}

function runCall(mode: Mode) {
  const action = mode === 'dry-run' ? 'look at what could be freed' : `start the ${mode}`;
  return { method: 'POST', path: '/garbage-collection/runs', body: { mode }, action } as const;
}

async function confirm(session: Session, text: string): Promise<void> {
  const bytes = Number(text);
  if (!/^\d{1,15}$/.test(text))
    throw usageError(`${JSON.stringify(text)} is not a number of bytes`, 'roadstead gc status');
  const connection = await session.connect();
  const path = '/garbage-collection/confirmation';
  await callRoadstead(connection, { method: 'POST', path, body: { bytes }, action: 'confirm that' });
  session.printer.result({
    json: { server: connection.server.host, confirmedBytes: bytes },
    text: () => `The next pass may remove up to ${formatBytes(bytes)} (${bytes} bytes).`,
    quiet: () => '',
  });
}
