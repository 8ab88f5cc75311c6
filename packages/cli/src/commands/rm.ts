import type { Digest } from '@roadstead/oci';
import { Command } from 'commander';
import { CliError, notFoundError, usageError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { deleteManifest } from '../registry/delete-manifest.ts';
import { findManifestHead } from '../registry/get-manifest.ts';
import { collect, listTags } from '../registry/list-pages.ts';
import { listReferrers } from '../registry/list-referrers.ts';
import { describeReference, openRepository, type Repository } from '../registry/repository.ts';
import type { Session } from '../session.ts';
import { askOnTerminal } from '../terminal/read-password.ts';
import { forEachParallel } from '../transfer/for-each-parallel.ts';
import type { CommandContext } from './command-context.ts';

interface RmOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** What one reference on the command line will take away. */
interface Deletion {
  readonly repository: Repository;
  /** A tag or a digest, as it goes into the request. */
  readonly target: string;
  readonly digest: Digest;
  /** The tags that go away; undefined when there are too many to look at each. */
  readonly tags: readonly string[] | undefined;
  readonly referrerCount: number;
}

const MAX_TAGS_LOOKED_AT = 1000;
const PARALLEL_LOOKUPS = 4;

export function createRmCommand(context: CommandContext): Command {
  return new Command('rm')
    .description('delete a tag, or a manifest with all its tags')
    .argument('<reference...>', 'project/repository:tag, or project/repository@digest')
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'only show what would be deleted')
    .action((references: string[], options: RmOptions, command: Command) =>
      rm(context.openSession(command), references, options),
    );
}

async function rm(session: Session, texts: readonly string[], options: RmOptions): Promise<void> {
  const deletions: Deletion[] = [];
  for (const text of texts) deletions.push(await planDeletion(session, text));
  const { printer } = session;
  if (!options.dryRun && !options.yes) await confirm(session, deletions);
  if (!options.dryRun) {
    for (const { repository, target } of deletions) await deleteManifest(repository, target);
  }
  printer.result({
    json: {
      dryRun: options.dryRun ?? false,
      deleted: deletions.map(({ repository, target, digest, tags, referrerCount }) => ({
        reference: describeReference(repository, target),
        digest,
        tags: tags ?? null,
        referrerCount,
      })),
    },
    text: () => deletions.map((one) => describeDeletion(one, options.dryRun ? 'Would delete' : 'Deleted')).join('\n'),
    quiet: () => '',
  });
}

async function planDeletion(session: Session, text: string): Promise<Deletion> {
  const reference = await session.parseReference(text);
  if (reference.tag === undefined && reference.digest === undefined) {
    throw usageError(`${text} names no tag and no digest`, `write ${text}:TAG or ${text}@DIGEST`);
  }
  if (reference.tag !== undefined && reference.digest !== undefined) {
    throw usageError(
      `${text} names a tag and a digest`,
      'give one of them: the tag alone, or the manifest with all its tags',
    );
  }
  const connection = await session.connect(reference.registry);
  const repository = openRepository(connection, reference.repository, ['delete', 'pull']);
  const target = reference.digest ?? reference.tag ?? '';
  const head = await findManifestHead(repository, target);
  if (!head) {
    throw notFoundError(`${describeReference(repository, target)} does not exist`, {
      remedy: '`roadstead tags REPOSITORY` shows what is there',
    });
  }
  if (reference.digest === undefined)
    return { repository, target, digest: head.digest, tags: [target], referrerCount: 0 };
  const referrerCount = (await listReferrers(repository, head.digest)).length;
  return { repository, target, digest: head.digest, tags: await findTagsOf(repository, head.digest), referrerCount };
}

async function findTagsOf(repository: Repository, digest: Digest): Promise<readonly string[] | undefined> {
  const all = await collect(listTags(repository));
  if (all.length > MAX_TAGS_LOOKED_AT) return undefined;
  const found = new Set<string>();
  await forEachParallel(all, PARALLEL_LOOKUPS, async (tag) => {
    if ((await findManifestHead(repository, tag))?.digest === digest) found.add(tag);
  });
  return all.filter((tag) => found.has(tag));
}

async function confirm(session: Session, deletions: readonly Deletion[]): Promise<void> {
  const { runtime, printer } = session;
  if (!runtime.stdin.isTTY || printer.json) {
    throw usageError(
      'rm asks before it deletes, and there is no terminal to ask on',
      'add --yes, or --dry-run to look first',
    );
  }
  for (const one of deletions) runtime.stderr.write(`${describeDeletion(one, 'Will delete')}\n`);
  const answer = await askOnTerminal(runtime, 'Delete? [y/N] ', { hidden: false });
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(EXIT_CODE.failure, 'nothing was deleted');
}

function describeDeletion({ repository, target, digest, tags, referrerCount }: Deletion, verb: string): string {
  const name = describeReference(repository, target);
  if (!target.includes(':')) return `${verb} the tag ${name}\n  the manifest ${digest} stays`;
  const referrers =
    referrerCount === 0 ? '' : `\n  ${referrerCount} referring manifest(s), such as signatures, lose their subject`;
  return `${verb} the manifest ${name}\n  tags: ${describeTags(tags)}${referrers}`;
}

function describeTags(tags: readonly string[] | undefined): string {
  if (tags === undefined) return `whichever point at it (the repository has more than ${MAX_TAGS_LOOKED_AT})`;
  return tags.length === 0 ? 'none' : tags.join(', ');
}
