import type { ImageReference } from '@roadstead/oci';
import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { getManifest } from '../registry/get-manifest.ts';
import { collect, listTags } from '../registry/list-pages.ts';
import { describeReference, openRepository, type Repository } from '../registry/repository.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../terminal/progress-bar.ts';
import { collectClosure } from '../transfer/collect-closure.ts';
import type { ContentSource } from '../transfer/content-source.ts';
import type { ContentTarget } from '../transfer/content-target.ts';
import { createRepositorySource, createRepositoryTarget } from '../transfer/repository-content.ts';
import { addSummaries, summarizeTransfer } from '../transfer/summarize-transfer.ts';
import { type TransferSummary, transferClosure } from '../transfer/transfer-closure.ts';
import type { CommandContext } from './command-context.ts';
import { referenceTarget } from './reference-target.ts';
import { addUploadOptions, chunkBytesOf, type UploadFlags } from './transfer-options.ts';

interface CopyOptions extends UploadFlags {
  readonly allTags?: boolean;
}

interface Copied {
  readonly source: string;
  readonly target: string;
  readonly digest: string;
  readonly summary: TransferSummary;
}

/** Both ends of a copy, open. */
interface CopyRoute {
  readonly from: Repository;
  readonly to: Repository;
  readonly source: ContentSource;
  readonly target: ContentTarget;
}

export function createCopyCommand(context: CommandContext): Command {
  const command = new Command('copy')
    .description('copy between repositories, also of two registries')
    .argument('<source>', 'project/repository:tag or @digest')
    .argument('<destination>', 'project/repository[:tag]; without a tag, that of the source')
    .option('--all-tags', 'copy every tag of the source repository')
    .action((source: string, destination: string, options: CopyOptions, self: Command) =>
      copy(context.openSession(self), source, destination, options),
    );
  return addUploadOptions(command);
}

async function copy(session: Session, sourceText: string, targetText: string, options: CopyOptions): Promise<void> {
  const from = await session.parseReference(sourceText);
  const to = await session.parseReference(targetText);
  assertCopyable(from, to, options);
  const route = await openRoute(session, from, to, options);
  const progress = session.openProgress('copy');
  const copied: Copied[] = [];
  try {
    const targets = options.allTags ? await collect(listTags(route.from)) : [referenceTarget(from)];
    for (const target of targets) {
      const tag = options.allTags ? target : (to.tag ?? from.tag ?? (from.digest === undefined ? target : undefined));
      copied.push(await copyOne(route, target, tag, options, progress));
    }
  } finally {
    progress.close();
  }
  session.printer.result({
    json: { copied: copied.map(({ summary, ...one }) => ({ ...one, ...summary })) },
    text: () => renderCopied(copied, route),
    quiet: () => [...new Set(copied.map(({ digest }) => digest))].join('\n'),
  });
}

async function openRoute(
  session: Session,
  from: ImageReference,
  to: ImageReference,
  options: CopyOptions,
): Promise<CopyRoute> {
  const sourceConnection = await session.connect(from.registry);
  const targetConnection = await session.connect(to.registry);
  const sameRegistry = sourceConnection.server.origin === targetConnection.server.origin;
  const mountFrom = sameRegistry && from.repository !== to.repository ? from.repository : undefined;
  const fromRepository = openRepository(sourceConnection, from.repository, ['pull']);
  const mounts = mountFrom === undefined ? [] : [mountFrom];
  const toRepository = openRepository(targetConnection, to.repository, ['pull', 'push'], mounts);
  return {
    from: fromRepository,
    to: toRepository,
    source: createRepositorySource(fromRepository),
    target: createRepositoryTarget(toRepository, { chunkBytes: chunkBytesOf(options), mountFrom }),
  };
}

async function copyOne(
  { from, to, source, target }: CopyRoute,
  reference: string,
  tag: string | undefined,
  options: CopyOptions,
  progress: Progress,
): Promise<Copied> {
  const manifest = await getManifest(from, reference);
  const closure = await collectClosure(source, manifest, { referrers: options.referrers ?? false });
  const summary = await transferClosure(source, target, closure, {
    parallel: options.parallel,
    progress,
    tags: new Map(tag === undefined ? [] : [[manifest.digest, [tag]]]),
  });
  return {
    source: describeReference(from, reference),
    target: describeReference(to, tag ?? manifest.digest),
    digest: manifest.digest,
    summary,
  };
}

function assertCopyable(from: ImageReference, to: ImageReference, options: CopyOptions): void {
  if (to.digest !== undefined) throw usageError('the destination is named by a tag', 'leave @sha256:… out');
  if (options.allTags && (from.tag ?? from.digest ?? to.tag) !== undefined) {
    throw usageError('--all-tags copies a whole repository', 'name source and destination without tags and digests');
  }
  const sameTag = to.tag === undefined || to.tag === from.tag;
  if (from.registry === to.registry && from.repository === to.repository && sameTag && from.digest === undefined) {
    throw usageError('source and destination are the same', 'give another repository or tag as the destination');
  }
}

function renderCopied(copied: readonly Copied[], route: CopyRoute): string {
  if (copied.length === 0) return `${describeReference(route.from)} has no tags: nothing was copied.`;
  const lines = copied.map(({ source, target, digest }) => `Copied ${source} to ${target}\n  ${digest}`);
  return [...lines, `  ${summarizeTransfer(addSummaries(copied.map(({ summary }) => summary)))}`].join('\n');
}
