import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ImageReference } from '@roadstead/oci';
import { Command, Option } from 'commander';
import { usageError } from '../cli-error.ts';
import { readAsOf, tagAsOf } from '../content/as-of.ts';
import type { Manifest } from '../content/manifest.ts';
import { isWorkingFile, type LayoutWriter, openLayoutWriter } from '../layout/write-layout.ts';
import { writeTar } from '../layout/write-tar.ts';
import { getManifest } from '../registry/get-manifest.ts';
import { describeReference, openRepository } from '../registry/repository.ts';
import type { Session } from '../session.ts';
import { type Closure, collectClosure } from '../transfer/collect-closure.ts';
import { createRepositorySource } from '../transfer/repository-content.ts';
import { summarizeTransfer } from '../transfer/summarize-transfer.ts';
import { transferClosure } from '../transfer/transfer-closure.ts';
import { syncFolder } from '../write-file-atomically.ts';
import type { CommandContext } from './command-context.ts';
import { referenceTarget } from './reference-target.ts';
import { addTransferOptions, type TransferFlags } from './transfer-options.ts';

interface PullOptions extends TransferFlags {
  readonly name?: string;
  readonly asOf?: Date;
}

export function createPullCommand(context: CommandContext): Command {
  const command = new Command('pull')
    .description('download into an OCI image layout')
    .argument('<reference>', 'project/repository:tag or project/repository@digest')
    .argument('<layout>', 'folder, which is added to; or a file name ending in .tar, which is replaced')
    .addOption(
      new Option('--as-of <TIME>', 'what the tag stood at then: 2026-11-22T15:30Z, or a day').argParser(readAsOf),
    )
    .option('--name <NAME>', 'the name of the entry in the layout; default: the tag')
    .action((reference: string, layout: string, options: PullOptions, self: Command) =>
      pull(context.openSession(self), reference, layout, options),
    );
  return addTransferOptions(command);
}

async function pull(session: Session, text: string, location: string, options: PullOptions): Promise<void> {
  if (options.name === '') throw usageError('--name takes a name that is not empty');
  const reference = await session.parseReference(text);
  const connection = await session.connect(reference.registry);
  const repository = openRepository(connection, reference.repository, ['pull']);
  const source = createRepositorySource(repository);
  const target = readTarget(reference, options.asOf);
  const manifest = await getManifest(repository, target);
  const name = options.name ?? reference.tag ?? (reference.digest === undefined ? 'latest' : undefined);
  const closure = await collectClosure(source, manifest, { referrers: options.referrers ?? false });

  const isTar = location.endsWith('.tar');
  // A tar can only be written from the beginning, so its content gathers beside it; an interrupted pull continues there.
  const folder = isTar ? `${location}.partial` : location;
  const progress = session.openProgress('pull');
  await using layout = await openLayoutWriter(folder, session.runtime.sleepMs);
  const summary = await transferClosure(source, layout.target, closure, {
    parallel: options.parallel,
    progress,
    tags: new Map(),
  }).finally(() => progress.close());
  addEntries(layout, closure, manifest, name);
  await layout.commit();
  if (isTar) await writeTarFile(folder, location);
  const shown = describeReference(repository, target);
  session.printer.result({
    json: { reference: shown, digest: manifest.digest, layout: location, name: name ?? null, ...summary },
    text: () => `Pulled ${shown} to ${location}\n  ${manifest.digest}\n  ${summarizeTransfer(summary)}`,
    quiet: () => manifest.digest,
  });
}

/** @throws CliError usage for a digest as of a time */
function readTarget(reference: ImageReference, asOf: Date | undefined): string {
  if (asOf === undefined) return referenceTarget(reference);
  if (reference.digest === undefined) return tagAsOf(reference.tag ?? 'latest', asOf);
  throw usageError('--as-of says what a tag stood at', 'a digest is the same at all times: leave --as-of out');
}

/** The manifest under its name; referrers without one, which is how they are found again in a layout. */
function addEntries(layout: LayoutWriter, closure: Closure, manifest: Manifest, name: string | undefined): void {
  for (const other of closure.manifests) {
    if (other.digest !== manifest.digest && other.parsed.subject) layout.addEntry(other);
  }
  layout.addEntry(manifest, name);
}

async function writeTarFile(folder: string, location: string): Promise<void> {
  const temporary = `${location}.${process.pid}.new`;
  await mkdir(path.dirname(location), { recursive: true });
  try {
    const file = await open(temporary, 'w');
    try {
      await writeFile(file, writeTar(folder, isWorkingFile));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, location);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(location));
  await rm(folder, { recursive: true, force: true });
}
