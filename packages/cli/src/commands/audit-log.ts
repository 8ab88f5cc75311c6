import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { findNumber, findString, type JsonRecord, listOf, recordOf } from '../json-shape.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { renderTable } from '../terminal/render-table.ts';
import { stripControls } from '../terminal/strip-controls.ts';
import type { CommandContext } from './command-context.ts';

interface LogOptions {
  readonly project?: string;
  readonly actor?: string;
  readonly kind?: string;
  readonly repository?: string;
  readonly address?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly csv?: boolean;
  readonly follow?: boolean;
}

const PATH = '/audit/entries';
const PAGE_SIZE = 100;
const FOLLOW_MS = 2_000;
/** Entries are written some seconds after they happened, and two servers' clocks differ: how far back each look goes. */
const FOLLOW_OVERLAP_MS = 60_000;
const ACTION = 'read the audit log';

export function createAuditLogCommand(context: CommandContext): Command {
  return new Command('log')
    .description('show what the audit log records, the newest first (administrators)')
    .option('--project <NAME>', 'only of this project')
    .option('--actor <WHO>', 'only by this user, or by a key such as system:collector')
    .option('--kind <KIND>', 'only of this kind, or of those that begin so: login.')
    .option('--repository <NAME>', 'only of this repository, project included')
    .option('--address <ADDRESS>', 'only from this address')
    .option('--text <TEXT>', 'only with this in what it was done to, or in the details')
    .option('--since <WHEN>', 'from then on: 2030-01-31, 2030-01-31T08:00:00Z, or 15m, 2h, 7d ago')
    .option('--until <WHEN>', 'before then')
    .option('--limit <COUNT>', 'so many at most', '50')
    .option('--csv', 'all of them as CSV, whatever --limit says')
    .option('--follow', 'go on with what comes, a line each, until it is interrupted')
    .action((options: LogOptions, command: Command) => auditLog(context.openSession(command), options));
}

async function auditLog(session: Session, options: LogOptions): Promise<void> {
  if (!/^[1-9]\d{0,5}$/.test(options.limit)) throw usageError('--limit takes a number from 1 to 999999');
  if (options.csv && options.follow) throw usageError('--csv and --follow exclude each other');
  const query = toQuery(options, session.runtime.nowMs());
  const connection = await session.connect();
  if (options.csv) return printCsv(session, connection, query);
  if (options.follow) return follow(session, connection, query);
  const items = await fetchNewest(connection, query, Number(options.limit));
  session.printer.result({
    json: { server: connection.server.host, items },
    text: () => renderEntries(items),
    quiet: () => items.map((item) => String(findNumber(item, 'id'))).join('\n'),
  });
}

function toQuery(options: LogOptions, nowMs: number): URLSearchParams {
  const { project, actor, kind, repository, address, text: q, since, until } = options;
  const instants = { since: toInstant('--since', since, nowMs), until: toInstant('--until', until, nowMs) };
  const given = Object.entries({ project, actor, kind, repository, address, q, ...instants });
  return new URLSearchParams(given.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2h` is an instant two hours ago; anything else is for the server to read. */
function toInstant(flag: string, text: string | undefined, nowMs: number): string | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(nowMs - Number(count) * (UNIT_MS[unit] ?? 0)).toISOString();
  if (!Number.isNaN(Date.parse(text))) return text;
  throw usageError(`${JSON.stringify(text)} is no instant for ${flag}: 2030-01-31T08:00:00Z, 2030-01-31 or 2h`);
}

async function fetchNewest(
  connection: RegistryConnection,
  query: URLSearchParams,
  limit: number,
): Promise<readonly JsonRecord[]> {
  const items: JsonRecord[] = [];
  for (let before: string | undefined, isFirst = true; isFirst || before !== undefined; isFirst = false) {
    const asked = new URLSearchParams(query);
    asked.set('limit', String(Math.min(PAGE_SIZE, limit - items.length)));
    if (before !== undefined) asked.set('before', before);
    const page = await callForRecord(connection, { method: 'GET', path: `${PATH}?${asked}`, action: ACTION });
    items.push(...listOf(page['items']).map(recordOf));
    if (items.length >= limit) break;
    before = findString(page, 'next');
  }
  return items;
}

async function printCsv(session: Session, connection: RegistryConnection, query: URLSearchParams): Promise<void> {
  const path = `${PATH}.csv?${query}`;
  const response = await callRoadstead(connection, { method: 'GET', path, action: ACTION });
  for await (const piece of response.body ?? []) session.printer.raw(Buffer.from(piece));
}

/** Looks again and again, some way back, and shows what it has not shown yet. */
async function follow(session: Session, connection: RegistryConnection, query: URLSearchParams): Promise<never> {
  const { printer, runtime } = session;
  const shown = new Map<number, number>();
  let sinceMs = query.has('since') ? Date.parse(query.get('since') ?? '') : runtime.nowMs();
  for (;;) {
    const asked = new URLSearchParams(query);
    asked.set('since', new Date(sinceMs).toISOString());
    const items = await fetchNewest(connection, asked, Number.MAX_SAFE_INTEGER);
    for (const item of items.toReversed()) {
      const id = findNumber(item, 'id') ?? 0;
      const atMs = Date.parse(findString(item, 'at') ?? '');
      if (shown.has(id)) continue;
      shown.set(id, atMs);
      printer.raw(Buffer.from(printer.json ? `${JSON.stringify(item)}\n` : `${stripControls(renderLine(item))}\n`));
    }
    const newestMs = Math.max(sinceMs, ...shown.values());
    sinceMs = Math.max(sinceMs, newestMs - FOLLOW_OVERLAP_MS);
    for (const [id, atMs] of shown) if (atMs < sinceMs) shown.delete(id);
    await runtime.sleepMs(FOLLOW_MS);
  }
}

function renderEntries(items: readonly JsonRecord[]): string {
  return renderTable(['AT', 'WHO', 'WHAT', 'OUTCOME', 'RESOURCE', 'FROM'], items.map(toCells));
}

function renderLine(item: JsonRecord): string {
  return toCells(item).join('  ');
}

function toCells(item: JsonRecord): readonly string[] {
  const text = (key: string) => findString(item, key) ?? '';
  const seconds = text('at').replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*$/, '$1 $2Z');
  const who = findString(recordOf(item['actor']), 'name') ?? '';
  return [seconds, who, text('kind'), text('outcome'), text('resource') || '-', text('address') || '-'];
}
