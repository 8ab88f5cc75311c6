import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { findNumber, findString, type JsonRecord } from '../json-shape.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { type ApiCall, callForRecord } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { createStatusLine, SILENT_STATUS, type StatusLine } from '../terminal/status-line.ts';
import { type Execution, nameExecution, readExecution } from './execution.ts';

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

export interface RunOptions {
  /** Starts it. */
  readonly call: ApiCall;
  /** False: only starts it. */
  readonly wait: boolean;
  /** The lines that say what was done. */
  readonly render: (result: JsonRecord) => string;
}

/**
 * Starts an execution, waits for its end with a line on the terminal that says how far it is, and prints what it has done.
 * @throws CliError when it ends otherwise than well
 */
export async function runExecution(
  session: Session,
  connection: RegistryConnection,
  options: RunOptions,
): Promise<void> {
  const { printer } = session;
  const started = readExecution(await callForRecord(connection, options.call));
  const ended = options.wait ? await waitForExecution(session, connection, started) : started;
  const server = connection.server.host;
  printer.result({
    json: { server, execution: ended.document },
    text: () =>
      options.wait
        ? options.render(ended.jobs[0]?.result ?? {})
        : `Started execution ${ended.id}: \`roadstead jobs log ${ended.id}\` shows what it does.`,
    quiet: () => String(ended.id),
  });
}

/** @throws CliError when it ends otherwise than well */
export async function waitForExecution(
  session: Session,
  connection: RegistryConnection,
  { id }: Pick<Execution, 'id'>,
): Promise<Execution> {
  const status = openStatus(session);
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 1.5)) {
      const call = { method: 'GET', path: `/executions/${id}`, action: `look at execution ${id}` } as const;
      const execution = readExecution(await callForRecord(connection, call));
      if (execution.status === 'success') return execution;
      if (execution.endedAt !== undefined) throw createFailure(execution);
      status.show(`${nameExecution(execution)}: ${describeProgress(execution)}`);
      await session.runtime.sleepMs(pauseMs);
    }
  } finally {
    status.close();
  }
}

function openStatus({ runtime, printer }: Session): StatusLine {
  const isShown = runtime.stderr.isTTY && !printer.json && !printer.quiet;
  return isShown ? createStatusLine(runtime.stderr) : SILENT_STATUS;
}

function describeProgress({ status, jobs }: Execution): string {
  const progress = jobs[0]?.progress ?? {};
  const found = recordFound(progress);
  const parts = [
    findString(progress, 'step'),
    found === undefined ? undefined : `${found.blobs} blobs, ${formatBytes(found.bytes)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? status : parts.join(', ');
}

/** What passes and scrubs have counted so far. */
function recordFound(progress: JsonRecord): { readonly blobs: number; readonly bytes: number } | undefined {
  const nested = progress['found'];
  const counts = typeof nested === 'object' && nested !== null ? (nested as JsonRecord) : progress;
  const blobs = findNumber(counts, 'blobs') ?? findNumber(counts, 'blobsRemoved');
  const bytes = findNumber(counts, 'bytes') ?? findNumber(counts, 'bytesFreed');
  return blobs === undefined || bytes === undefined ? undefined : { blobs, bytes };
}

function createFailure(execution: Execution): CliError {
  const { id, status, message } = execution;
  const how = status === 'stopped' ? 'was stopped' : 'has failed';
  return new CliError(EXIT_CODE.failure, `the ${nameExecution(execution)} ${how}`, {
    why: message,
    remedy: `\`roadstead jobs log ${id}\` shows what it did`,
  });
}
