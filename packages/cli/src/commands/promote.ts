import { Command } from 'commander';
import { findString, type JsonRecord, listOf, recordOf, stringsOf } from '../json-shape.ts';
import { callForRecord } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import type { CommandContext } from './command-context.ts';

interface PromoteOptions {
  readonly tag: readonly string[];
  readonly withLabels?: boolean;
  readonly dryRun?: boolean;
}

export function createPromoteCommand(context: CommandContext): Command {
  return new Command('promote')
    .description('copy an artifact with its parts and signatures to another project of the server, in one step')
    .argument('<source>', 'project/repository:tag or @digest')
    .argument('<target>', 'project/repository')
    .option('--tag <tag>', 'a tag for it there, more than once; default: that of the source', collectTags, [])
    .option('--with-labels', 'take its labels along')
    .option('--dry-run', 'say what would be done, and do nothing')
    .addHelpText('after', '\nDone again it changes nothing. No bytes are copied: the server links them.')
    .action((source: string, target: string, options: PromoteOptions, command: Command) =>
      promote(context.openSession(command), source, target, options),
    );
}

function collectTags(tag: string, before: readonly string[]): readonly string[] {
  return [...before, tag];
}

async function promote(session: Session, from: string, to: string, options: PromoteOptions): Promise<void> {
  const { tag: tags, withLabels = false, dryRun = false } = options;
  const connection = await session.connect();
  const promoted = await callForRecord(connection, {
    method: 'POST',
    path: '/promotions',
    body: { from, to, ...(tags.length > 0 && { tags }), withLabels, dryRun },
    action: `promote ${from} to ${to}`,
  });
  session.printer.result({
    json: { server: connection.server.host, ...promoted },
    text: () => render(promoted),
    quiet: () => findString(promoted, 'digest') ?? '',
  });
}

function render(promoted: JsonRecord): string {
  const [from = '', to = '', digest = ''] = ['from', 'to', 'digest'].map((key) => findString(promoted, key));
  const is = promoted['isDryRun'] === true ? 'would be' : 'is';
  if (promoted['isChanged'] !== true) return `${to} has ${digest} already, with everything that belongs to it.`;
  const manifests = listOf(promoted['manifests']).map(recordOf);
  const fresh = manifests.filter((each) => each['wasThere'] !== true).length;
  const lines = [
    `${from} ${is} in ${to} now: ${digest}`,
    `  ${manifests.length} manifests, of which ${fresh} are new there`,
    ...listOf(promoted['tags']).map((tag) => `  ${renderTag(recordOf(tag), digest)}`),
    ...stringsOf(promoted['keptTags']).map((tag) => `  tag ${tag} stays: it stands at something of the target's own`),
    ...stringsOf(recordOf(promoted['labels'])['added']).map((name) => `  label ${name}`),
    ...stringsOf(recordOf(promoted['labels'])['leftOut']).map(
      (name) => `  label ${name} is left out: the target's project has none of that name`,
    ),
  ];
  return lines.join('\n');
}

function renderTag(tag: JsonRecord, digest: string): string {
  const before = findString(tag, 'before');
  const stood = before === undefined ? 'is new' : before === digest ? 'stood there before' : `stood at ${before}`;
  return `tag ${findString(tag, 'name') ?? ''}: ${stood}`;
}
