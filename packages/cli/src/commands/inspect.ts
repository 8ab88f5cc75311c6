import { Command } from 'commander';
import { type ContentDescription, describeContent, sumBytes } from '../content/describe-content.ts';
import { getManifest } from '../registry/get-manifest.ts';
import { describeReference, openRepository } from '../registry/repository.ts';
import type { Session } from '../session.ts';
import { formatBytes } from '../terminal/format-bytes.ts';
import { createRepositorySource } from '../transfer/repository-content.ts';
import type { CommandContext } from './command-context.ts';
import { referenceTarget } from './reference-target.ts';

export function createInspectCommand(context: CommandContext): Command {
  return new Command('inspect')
    .description('show a manifest: platforms, layers, sizes, and what refers to it')
    .argument('<reference>', 'project/repository:tag or project/repository@digest')
    .option('--raw', 'print the exact bytes of the manifest')
    .action((reference: string, options: { raw?: boolean }, command: Command) =>
      inspect(context.openSession(command), reference, options.raw ?? false),
    );
}

async function inspect(session: Session, text: string, raw: boolean): Promise<void> {
  const { printer } = session;
  const reference = await session.parseReference(text);
  const connection = await session.connect(reference.registry);
  const repository = openRepository(connection, reference.repository, ['pull']);
  const manifest = await getManifest(repository, referenceTarget(reference));
  if (raw) {
    printer.raw(manifest.bytes);
    return;
  }
  const content = await describeContent(createRepositorySource(repository), manifest);
  const name = describeReference(repository, referenceTarget(reference));
  const totalBytes = sumBytes(content);
  printer.result({
    json: { reference: name, totalBytes, ...content },
    text: () => [name, `total ${formatBytes(totalBytes)}`, ...renderContent(content, '')].join('\n'),
    quiet: () => content.digest,
  });
}

function renderContent(content: ContentDescription, indent: string): readonly string[] {
  const facts = [
    content.platform,
    content.mediaType,
    content.missing ? 'NOT IN THE REPOSITORY' : formatBytes(content.size),
  ];
  const lines = [`${indent}${content.digest}`, `${indent}  ${facts.filter((fact) => fact !== null).join('  ')}`];
  if (content.artifactType !== null && content.artifactType !== content.config?.mediaType) {
    lines.push(`${indent}  artifact type ${content.artifactType}`);
  }
  if (content.subject !== null) lines.push(`${indent}  subject ${content.subject}`);
  for (const [key, value] of Object.entries(content.annotations))
    lines.push(`${indent}  ${key}=${JSON.stringify(value)}`);
  if (content.config) lines.push(`${indent}  config ${renderBlob(content.config)}`);
  for (const layer of content.layers) lines.push(`${indent}  layer  ${renderBlob(layer)}`);
  if (content.manifests.length > 0) lines.push(`${indent}  manifests:`);
  for (const child of content.manifests) lines.push(...renderContent(child, `${indent}    `));
  if (content.referrers.length > 0) lines.push(`${indent}  referrers:`);
  for (const referrer of content.referrers) lines.push(...renderContent(referrer, `${indent}    `));
  return lines;
}

function renderBlob(blob: { readonly digest: string; readonly mediaType: string; readonly size: number }): string {
  return `${blob.digest}  ${formatBytes(blob.size)}  ${blob.mediaType}`;
}
