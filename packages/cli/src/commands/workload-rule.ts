import { Command, Option } from 'commander';
import { collect, readPermissionArguments } from '../access/permission-arguments.ts';
import { readId } from '../access/read-arguments.ts';
import { readRuleTrust, type TrustOptions } from '../access/rule-trust.ts';
import { usageError } from '../cli-error.ts';
import { findNumber, findString, type JsonRecord, listOf, recordOf, stringsOf } from '../json-shape.ts';
import { callForRecord, callRoadstead } from '../registry/roadstead-api.ts';
import type { Session } from '../session.ts';
import { assertCanAsk, confirmOnTerminal } from '../terminal/confirm-on-terminal.ts';
import { renderTable } from '../terminal/render-table.ts';
import type { CommandContext } from './command-context.ts';

interface ProjectOption {
  readonly project: string;
}

interface CreateOptions extends ProjectOption, TrustOptions {
  readonly allow?: readonly string[];
  readonly audience?: string;
}

const COMMAND = 'workload-rule delete';

export function createWorkloadRuleCommand(context: CommandContext): Command {
  return new Command('workload-rule')
    .description('let pipelines and pods into a project by tokens of their own, without secrets')
    .addCommand(
      new Command('list')
        .description('list the rules of a project')
        .requiredOption('--project <NAME>', 'of this project')
        .action((options: ProjectOption, command: Command) => list(context.openSession(command), options)),
    )
    .addCommand(createCreate(context))
    .addCommand(
      new Command('delete')
        .description('remove a rule for good')
        .argument('<id>', 'as `workload-rule list` shows it')
        .requiredOption('--project <NAME>', 'of this project')
        .option('-y, --yes', 'do not ask')
        .action((id: string, options: ProjectOption & { yes?: boolean }, command: Command) =>
          remove(context.openSession(command), readId(id, 'roadstead workload-rule list'), options),
        ),
    );
}

function createCreate(context: CommandContext): Command {
  return new Command('create')
    .description('trust tokens of a CI system or a cluster')
    .argument('<name>', 'in its project')
    .requiredOption('--project <NAME>', 'of this project')
    .addOption(new Option('--allow <WHAT>', 'resource:action,…').argParser(collect))
    .option('--github <OWNER/REPO>', 'workflows of this repository at GitHub')
    .option('--gitlab <GROUP/PROJECT>', 'pipelines of this project at GitLab.com, or at --issuer')
    .option('--kubernetes', 'pods of --namespace with --service-account in the cluster of --issuer')
    .option('--ref <REF>', 'with --github or --gitlab: only of this ref, e.g. refs/heads/main or main')
    .option('--environment <NAME>', 'with --github: only in this environment')
    .option('--namespace <NAME>', 'with --kubernetes')
    .option('--service-account <NAME>', 'with --kubernetes')
    .option('--issuer <URL>', 'as the tokens name it')
    .addOption(new Option('--claim <CLAIM=PATTERN>', 'the claim must match this').argParser(collect))
    .option('--audience <TEXT>', 'of the tokens; default: the address of the registry')
    .action((name: string, options: CreateOptions, command: Command) =>
      create(context.openSession(command), name, options),
    );
}

function pathOf(project: string): string {
  return `/api/roadstead/v1/projects/${encodeURIComponent(project)}/workload-rules`;
}

async function list(session: Session, { project }: ProjectOption): Promise<void> {
  const connection = await session.connect();
  const path = pathOf(project);
  const answer = await callForRecord(connection, { method: 'GET', path, action: 'list workload rules' });
  const rules = listOf(answer['items']).map(recordOf);
  session.printer.result({
    json: { server: connection.server.host, rules },
    text: () => renderTable(['ID', 'NAME', 'STATE', 'ISSUER', 'CLAIMS', 'MAY'], rules.map(renderRow)),
    quiet: () => rules.map((rule) => String(findNumber(rule, 'id'))).join('\n'),
  });
}

function renderRow(rule: JsonRecord): readonly string[] {
  const claims = Object.entries(recordOf(rule['conditions'])).map(
    ([claim, globs]) => `${claim}=${stringsOf(globs).join('|')}`,
  );
  const may = listOf(rule['permissions']).map((item) => {
    const { resource, action } = recordOf(item);
    return `${resource}:${action}`;
  });
  return [
    String(findNumber(rule, 'id')),
    findString(rule, 'name') ?? '',
    rule['disabled'] === true ? 'disabled' : 'enabled',
    findString(rule, 'issuer') ?? '',
    claims.join(' '),
    may.join(','),
  ];
}

async function create(session: Session, name: string, options: CreateOptions): Promise<void> {
  const { project, allow = [], audience } = options;
  const { issuer, conditions } = readRuleTrust(options);
  const blocks = readPermissionArguments(allow, project);
  const [block] = blocks;
  if (block === undefined || blocks.length > 1 || block['namespace'] !== project) {
    throw usageError('say what the tokens may do in the project', '--allow repository:pull,repository:push');
  }
  const connection = await session.connect();
  const body = {
    ...{ name, issuer, conditions, permissions: block['access'] },
    ...(audience === undefined ? {} : { audience }),
  };
  const call = { method: 'POST', path: pathOf(project), body, action: 'make the workload rule' } as const;
  const rule = await callForRecord(connection, call);
  session.printer.result({
    json: { server: connection.server.host, ...rule },
    text: () =>
      [
        `Made the workload rule ${findString(rule, 'name')} (id ${findNumber(rule, 'id')}).`,
        `Tokens must be for the audience ${findString(rule, 'audience')}; sign in as oidc with one as the password.`,
      ].join('\n'),
    quiet: () => String(findNumber(rule, 'id')),
  });
}

async function remove(
  session: Session,
  id: number,
  { project, yes = false }: ProjectOption & { readonly yes?: boolean },
): Promise<void> {
  if (!yes) assertCanAsk(session, { command: COMMAND });
  const connection = await session.connect();
  const path = `${pathOf(project)}/${id}`;
  if (!yes) {
    const rule = await callForRecord(connection, { method: 'GET', path, action: `look at workload rule ${id}` });
    const consequence = `Will delete the workload rule ${findString(rule, 'name')}: whatever came in by it is refused.`;
    await confirmOnTerminal(session, { command: COMMAND, consequence, question: 'Delete?' });
  }
  await callRoadstead(connection, { method: 'DELETE', path, action: `delete workload rule ${id}` });
  session.printer.result({
    json: { server: connection.server.host, deleted: id },
    text: () => `Deleted workload rule ${id}.`,
    quiet: () => '',
  });
}
