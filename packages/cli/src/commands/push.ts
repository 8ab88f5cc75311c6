import { type Descriptor, type ImageReference, isTag } from '@roadstead/oci';
import { Command } from 'commander';
import { conflictError, usageError } from '../cli-error.ts';
import type { Manifest } from '../content/manifest.ts';
import { findEntry, type LayoutReader, listRoots, openLayoutReader, REF_NAME } from '../layout/read-layout.ts';
import { splitLayoutArgument } from '../layout/split-layout-argument.ts';
import { describeReference, openRepository } from '../registry/repository.ts';
import type { Session } from '../session.ts';
import { collectClosure } from '../transfer/collect-closure.ts';
import { createRepositoryTarget } from '../transfer/repository-content.ts';
import { summarizeTransfer } from '../transfer/summarize-transfer.ts';
import { type TransferSummary, transferClosure } from '../transfer/transfer-closure.ts';
import type { CommandContext } from './command-context.ts';
import { addUploadOptions, chunkBytesOf, type UploadFlags } from './transfer-options.ts';

interface PushOptions extends UploadFlags {
  readonly all?: boolean;
}

interface Pushed {
  readonly reference: string;
  readonly digest: string;
  readonly summary: TransferSummary;
}

export function createPushCommand(context: CommandContext): Command {
  const command = new Command('push')
    .description('upload an OCI image layout')
    .argument('<layout>', 'folder or .tar; LAYOUT:NAME or LAYOUT@DIGEST picks one of several entries')
    .argument('<reference...>', 'project/repository:tag; without a tag, the name in the layout is the tag')
    .option('--all', 'push every named entry of the layout, each to the tag of its name')
    .action((layout: string, references: string[], options: PushOptions, self: Command) =>
      push(context.openSession(self), layout, references, options),
    );
  return addUploadOptions(command);
}

async function push(
  session: Session,
  layoutText: string,
  texts: readonly string[],
  options: PushOptions,
): Promise<void> {
  const { location, selector } = splitLayoutArgument(layoutText);
  const references: ImageReference[] = [];
  for (const text of texts) references.push(await session.parseReference(text));
  if (options.all) assertOnlyRepositories(references, selector);
  await using layout = await openLayoutReader(location);
  const entries = options.all ? await listNamed(layout, location) : [await findEntry(layout, selector, location)];
  const progress = session.openProgress('push');
  const pushed: Pushed[] = [];
  try {
    for (const entry of entries) {
      const manifest = await layout.source.getManifest(entry.digest);
      for (const reference of references) {
        const mountFrom = references.find((other) => other.registry === reference.registry)?.repository;
        pushed.push(await pushOne({ session, layout, entry, manifest, reference, mountFrom, options, progress }));
      }
    }
  } finally {
    progress.close();
  }
  session.printer.result({
    json: { pushed: pushed.map(({ reference, digest, summary }) => ({ reference, digest, ...summary })) },
    text: () => pushed.map(renderPushed).join('\n'),
    quiet: () => [...new Set(pushed.map(({ digest }) => digest))].join('\n'),
  });
}

async function pushOne(work: {
  readonly session: Session;
  readonly layout: LayoutReader;
  readonly entry: Descriptor;
  readonly manifest: Manifest;
  readonly reference: ImageReference;
  /** The first repository of the same server: what went there is mounted, and not sent again. */
  readonly mountFrom: string | undefined;
  readonly options: PushOptions;
  readonly progress: ReturnType<Session['openProgress']>;
}): Promise<Pushed> {
  const { session, layout, manifest, reference, options } = work;
  const connection = await session.connect(reference.registry);
  const mountFrom = work.mountFrom === reference.repository ? undefined : work.mountFrom;
  const repository = openRepository(
    connection,
    reference.repository,
    ['pull', 'push'],
    mountFrom === undefined ? [] : [mountFrom],
  );
  const tag = findTag(reference, work.entry, manifest);
  const closure = await collectClosure(layout.source, manifest, { referrers: options.referrers ?? false });
  const target = createRepositoryTarget(repository, { chunkBytes: chunkBytesOf(options), mountFrom });
  const summary = await transferClosure(layout.source, target, closure, {
    parallel: options.parallel,
    progress: work.progress,
    tags: new Map(tag === undefined ? [] : [[manifest.digest, [tag]]]),
  });
  return { reference: describeReference(repository, tag ?? manifest.digest), digest: manifest.digest, summary };
}

/** A digest in the reference asserts what is pushed; the tag is the reference's own, or the entry's name. */
function findTag(reference: ImageReference, entry: Descriptor, manifest: Manifest): string | undefined {
  if (reference.digest !== undefined && reference.digest !== manifest.digest) {
    throw conflictError(`${reference.repository} cannot get ${manifest.digest} under the name of ${reference.digest}`, {
      remedy: 'leave the digest out, or choose the right entry of the layout',
    });
  }
  if (reference.tag !== undefined || reference.digest !== undefined) return reference.tag;
  const name = entry.annotations?.[REF_NAME];
  if (name === undefined) return undefined;
  // Tools also write whole references there.
  const tag = name.slice(name.lastIndexOf(':') + 1);
  return isTag(tag) ? tag : undefined;
}

async function listNamed(layout: LayoutReader, location: string): Promise<readonly Descriptor[]> {
  const named = (await listRoots(layout)).filter((entry) => entry.annotations?.[REF_NAME] !== undefined);
  if (named.length === 0)
    throw usageError(`${location} has no named entry`, 'push one of its entries by LAYOUT@DIGEST');
  return named;
}

function assertOnlyRepositories(references: readonly ImageReference[], selector: string | undefined): void {
  if (selector === undefined && references.every((one) => one.tag === undefined && one.digest === undefined)) return;
  throw usageError('--all takes the tags from the layout', 'name the layout and the repository without tag and digest');
}

function renderPushed({ reference, digest, summary }: Pushed): string {
  return `Pushed ${reference}\n  ${digest}\n  ${summarizeTransfer(summary)}`;
}
