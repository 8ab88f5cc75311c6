import { findNumber, findString, type JsonRecord, listOf, recordOf } from '../json-shape.ts';
import { nameExecution, readExecution } from '../operations/execution.ts';
import { plural, renderObstacles } from '../operations/render-collection.ts';
import { callForRecord } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { formatDuration } from '../terminal/format-duration.ts';

/** `gc status` */
export async function gcStatus(session: Session): Promise<void> {
  const connection = await session.connect();
  const action = 'look at the collector';
  const status = await callForRecord(connection, { method: 'GET', path: '/garbage-collection', action });
  session.printer.result({
    json: { server: connection.server.host, ...status },
    text: () => renderStatus(status),
    quiet: () => String(findNumber(recordOf(status['awaiting']), 'bytes') ?? 0),
  });
}

function renderStatus(status: JsonRecord): string {
  const jobId = findNumber(status, 'jobId');
  const lines: (readonly [string, string])[] = [
    ['last pass', renderPass(recordOf(status['lastPass']))],
    ['last work', renderPass(recordOf(status['lastWork']))],
    ['next pass', findString(status, 'nextPassAt') ?? 'under way, or not planned'],
    ['trash', renderTrash(recordOf(status['trash']))],
    ...renderSettings(recordOf(status['settings']), findNumber(status, 'removedBytes') ?? 0),
    ['log', jobId === undefined ? 'none yet' : `roadstead jobs log ${jobId} --job`],
  ];
  const running = listOf(status['running']).map((item) => {
    const execution = readExecution(recordOf(item));
    return `Execution ${execution.id} (${nameExecution(execution)}) is ${execution.status}.`;
  });
  const table = lines.map(([name, text]) => `${name.padEnd(14)}${text}`);
  return [...table, ...renderObstacles(status), ...running].join('\n');
}

function renderPass(pass: JsonRecord): string {
  const at = findString(pass, 'at');
  if (at === undefined) return 'none yet';
  const report = recordOf(pass['report']);
  const errors = findNumber(report, 'errorCount') ?? 0;
  const freed = `freed ${formatBytes(findNumber(report, 'bytesFreed') ?? 0)}`;
  return `${at}, ${freed}${errors === 0 ? '' : `, ${plural(errors, 'error', 'errors')}`}`;
}

function renderTrash(trash: JsonRecord): string {
  const manifests = findNumber(trash, 'manifests');
  if (manifests === undefined) return 'not measured yet';
  const kept = formatBytes(findNumber(trash, 'bytes') ?? 0);
  return `${plural(manifests, 'deleted manifest', 'deleted manifests')}, which alone need ${kept}`;
}

function renderSettings(settings: JsonRecord, removedBytes: number): readonly (readonly [string, string])[] {
  const time = (key: string) => formatDuration(findNumber(settings, key) ?? 0);
  const share = Math.round((findNumber(settings, 'capShare') ?? 0) * 100);
  return [
    [
      'delays',
      `review ${time('reviewDelayMs')}, push ${time('pushWindowMs')}, trash ${time('trashWindowMs')}, strays ${time('strayGraceMs')}`,
    ],
    ['interval', time('intervalMs')],
    [
      'cap',
      `${formatBytes(findNumber(settings, 'capBytes') ?? 0)}, or ${share} % of all bytes, in ${time('capWindowMs')}; ${formatBytes(removedBytes)} used`,
    ],
  ];
}
