import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { findNumber, findString, type JsonRecord, listOf, recordOf, stringsOf } from '../json-shape.ts';
import { plural } from '../operations/render-collection.ts';
import type { RegistryConnection } from '../registry/registry-connection.ts';
import { callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { assertCanAsk, confirmOnTerminal } from '../terminal/confirm-on-terminal.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

interface ListOptions {
  readonly repository?: string;
}

interface PurgeOptions {
  readonly yes?: boolean;
}

const PAGE_SIZE = 100;

export function createTrashCommand(context: CommandContext): Command {
  return new Command('trash')
    .description('see, restore and purge the deleted manifests of a project')
    .addCommand(
      new Command('ls')
        .description('list what can be restored, the newest first')
        .argument('<project>')
        .option('--repository <NAME>', 'only of this repository')
        .action((project: string, options: ListOptions, command: Command) =>
          list(context.openSession(command), project, options),
        ),
    )
    .addCommand(
      new Command('restore')
        .description('bring a manifest back with its tags and all that it lists')
        .argument('<project>')
        .argument('<id>', 'as `trash ls` shows it')
        .action((project: string, id: string, _options: object, command: Command) =>
          restore(context.openSession(command), project, id),
        ),
    )
    .addCommand(
      new Command('purge')
        .description('remove a deleted manifest, or all of the project, for good')
        .argument('<project>')
        .argument('[id]', 'as `trash ls` shows it; none: all')
        .option('-y, --yes', 'do not ask')
        .action((project: string, id: string | undefined, options: PurgeOptions, command: Command) =>
          purge(context.openSession(command), { project, id, yes: options.yes ?? false }),
        ),
    );
}

async function list(session: Session, project: string, { repository }: ListOptions): Promise<void> {
  const connection = await session.connect();
  const { items, size } = await fetchAll(connection, project, repository);
  session.printer.result({
    json: { server: connection.server.host, project, size, items },
    text: () => `${renderItems(items)}\n${renderSize(size)}`,
    quiet: () => items.map((item) => String(findNumber(item, 'id'))).join('\n'),
  });
}

async function fetchAll(
  connection: RegistryConnection,
  project: string,
  repository: string | undefined,
): Promise<{ readonly items: readonly JsonRecord[]; readonly size: JsonRecord }> {
  const items: JsonRecord[] = [];
  let size: JsonRecord = {};
  for (let before: number | undefined, isFirst = true; isFirst || before !== undefined; isFirst = false) {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (repository !== undefined) query.set('repository', repository);
    if (before !== undefined) query.set('before', String(before));
    const path = `${pathOf(project)}?${query}`;
    const page = await callForRecord(connection, { method: 'GET', path, action: `list the trash of ${project}` });
    items.push(...listOf(page['items']).map(recordOf));
    if (isFirst) size = recordOf(page['size']);
    before = findNumber(page, 'next');
  }
  return { items, size };
}

function renderItems(items: readonly JsonRecord[]): string {
  const text = (item: JsonRecord, key: string) => findString(item, key) ?? '';
  return renderTable(
    ['ID', 'REPOSITORY', 'DIGEST', 'TAGS', 'DELETED', 'BY', 'GOES'],
    items.map((item) => [
      String(findNumber(item, 'id') ?? ''),
      text(item, 'repository'),
      text(item, 'digest').slice(0, 19),
      stringsOf(item['tags']).join(', ') || '-',
      minutes(text(item, 'deletedAt')),
      text(item, 'reason') === 'client' ? text(item, 'deletedBy') : text(item, 'reason'),
      minutes(text(item, 'expiresAt')),
    ]),
  );
}

/** `2030-01-01T00:00:00.000Z` → `2030-01-01 00:00Z`. */
function minutes(instant: string): string {
  return instant.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, '$1 $2Z');
}

function renderSize(size: JsonRecord): string {
  const bytes = (findNumber(size, 'blobBytes') ?? 0) + (findNumber(size, 'manifestBytes') ?? 0);
  const manifests = plural(findNumber(size, 'manifests') ?? 0, 'deleted manifest', 'deleted manifests');
  return `${manifests}, and ${formatBytes(bytes)} beside what the repositories of the project hold`;
}

async function restore(session: Session, project: string, id: string): Promise<void> {
  const connection = await session.connect();
  const action = `restore ${id} of ${project}`;
  const path = `${pathOf(project)}/${readId(id)}/restore`;
  const restored = await callForRecord(connection, { method: 'POST', path, action });
  const repository = findString(restored, 'repository') ?? '';
  const manifests = listOf(restored['manifests']).map(recordOf);
  session.printer.result({
    json: { server: connection.server.host, project, ...restored },
    text: () => manifests.flatMap((manifest) => renderRestored(repository, manifest)).join('\n'),
    quiet: () => manifests.map((manifest) => `${repository}@${findString(manifest, 'digest')}`).join('\n'),
  });
}

function renderRestored(repository: string, manifest: JsonRecord): readonly string[] {
  const tags = stringsOf(manifest['tags']);
  const verb = manifest['wasThere'] === true ? 'Was there already:' : 'Restored';
  const elsewhere = listOf(manifest['tagsElsewhere']).map((item) => {
    const { tag, digest } = recordOf(item);
    return `  the tag ${tag} stands at ${digest} by now, and stays there`;
  });
  const named = tags.length === 0 ? [] : [`  tags: ${tags.join(', ')}`];
  return [`${verb} ${repository}@${findString(manifest, 'digest')}`, ...named, ...elsewhere];
}

interface Purge {
  readonly project: string;
  readonly id: string | undefined;
  readonly yes: boolean;
}

async function purge(session: Session, { project, id, yes }: Purge): Promise<void> {
  const path = id === undefined ? pathOf(project) : `${pathOf(project)}/${readId(id)}`;
  const what = id === undefined ? `the whole trash of ${project}` : `${id} of the trash of ${project}`;
  if (!yes) assertCanAsk(session, { command: 'trash purge' });
  const connection = await session.connect();
  if (!yes) {
    const consequence = `Will purge ${what}: it cannot be restored then.`;
    await confirmOnTerminal(session, { command: 'trash purge', consequence, question: 'Purge?' });
  }
  const call = { method: 'DELETE', path, action: `purge ${what}` } as const;
  const count =
    id === undefined ? findNumber(await callForRecord(connection, call), 'purged') : await purgeOne(connection, call);
  session.printer.result({
    json: { server: connection.server.host, project, purged: count ?? 0 },
    text: () =>
      `Purged ${plural(count ?? 0, 'deleted manifest', 'deleted manifests')}. A pass of the collector frees the space.`,
    quiet: () => '',
  });
}

async function purgeOne(connection: RegistryConnection, call: Parameters<typeof callRoadstead>[1]): Promise<number> {
  await callRoadstead(connection, call);
  return 1;
}

function pathOf(project: string): string {
  return `/projects/${encodeURIComponent(project)}/trash`;
}

function readId(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw usageError(`${JSON.stringify(text)} is no id of a deleted manifest`, 'roadstead trash ls PROJECT');
}
