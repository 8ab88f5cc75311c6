import { Command, Option } from 'commander';
import { usageError } from '../cli-error.ts';
import { readAsOf, tagAsOf } from '../content/as-of.ts';
import { compareVersions } from '../content/compare-versions.ts';
import { findManifestHead } from '../registry/get-manifest.ts';
import { collect, listTags } from '../registry/list-pages.ts';
import { openRepository, type Repository } from '../registry/repository.ts';
import type { Session } from '../session.ts';
import { renderTable } from '../terminal/render-table.ts';
import { forEachParallel } from '../transfer/for-each-parallel.ts';
import type { CommandContext } from './command-context.ts';

interface TagsOptions {
  readonly long?: boolean;
  readonly sort: 'name' | 'version';
  readonly asOf?: Date;
}

interface TagRow {
  readonly name: string;
  readonly digest?: string;
  readonly mediaType?: string;
}

const PARALLEL_LOOKUPS = 4;

export function createTagsCommand(context: CommandContext): Command {
  return new Command('tags')
    .description('list the tags of a repository')
    .argument('<repository>', 'project/repository')
    .option('-l, --long', 'also show the digest and the media type of each')
    .addOption(
      new Option('--sort <ORDER>', 'by name, or by version with the highest first')
        .choices(['name', 'version'])
        .default('name'),
    )
    .addOption(new Option('--as-of <TIME>', 'as they stood then: 2026-11-22T15:30Z, or a day').argParser(readAsOf))
    .action((repository: string, options: TagsOptions, command: Command) =>
      tags(context.openSession(command), repository, options),
    );
}

async function tags(session: Session, text: string, options: TagsOptions): Promise<void> {
  const reference = await session.parseReference(text);
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw usageError(`${text} names more than a repository`, `roadstead tags ${reference.repository}`);
  }
  const connection = await session.connect(reference.registry);
  const repository = openRepository(connection, reference.repository, ['pull']);
  const listed = [...(await collect(listTags(repository, options.asOf)))];
  if (options.sort === 'version') listed.sort(compareVersions);
  const rows = options.long ? await lookUp(repository, listed, options.asOf) : listed.map((name): TagRow => ({ name }));
  session.printer.result({
    json: { server: connection.server.host, repository: reference.repository, tags: rows },
    text: () =>
      options.long
        ? renderTable(
            ['TAG', 'DIGEST', 'MEDIA TYPE'],
            rows.map((row) => [row.name, row.digest ?? '-', row.mediaType ?? '-']),
          )
        : listed.join('\n'),
    quiet: () => listed.join('\n'),
  });
}

async function lookUp(
  repository: Repository,
  names: readonly string[],
  asOf: Date | undefined,
): Promise<readonly TagRow[]> {
  const found = new Map<string, TagRow>();
  await forEachParallel(names, PARALLEL_LOOKUPS, async (name) => {
    const head = await findManifestHead(repository, asOf === undefined ? name : tagAsOf(name, asOf));
    if (!head) return;
    found.set(name, {
      name,
      digest: head.digest,
      ...(head.mediaType === undefined ? {} : { mediaType: head.mediaType }),
    });
  });
  return names.map((name) => found.get(name) ?? { name });
}
