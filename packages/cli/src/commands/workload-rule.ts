import { Command, Option } from 'commander';
import { collect } from '../access/permission-arguments.ts';
import { readId } from '../access/read-arguments.ts';
import { readTokenArgument } from '../access/read-token-argument.ts';
import { isTaken, renderExplanation } from '../access/render-explanation.ts';
import { changeRule, type RuleChangeOptions, readRulePermissions } from '../access/rule-change.ts';
import { readRuleTrust, type TrustOptions } from '../access/rule-trust.ts';
import { CliError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
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
const HEAD = ['ID', 'NAME', 'STATE', 'ISSUER', 'CLAIMS', 'MAY'];

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
    .addCommand(createUpdate(context))
    .addCommand(createTest(context))
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
  const command = new Command('create')
    .description('trust tokens of a CI system or a cluster')
    .argument('<name>', 'in its project');
  return addTrustOptions(command)
    .option('--audience <TEXT>', 'of the tokens; default: the address of the registry')
    .action((name: string, options: CreateOptions, self: Command) => create(context.openSession(self), name, options));
}

function createUpdate(context: CommandContext): Command {
  const command = new Command('update')
    .description('change a rule: what is not named stays as it is')
    .argument('<id>', 'as `workload-rule list` shows it');
  return addTrustOptions(command)
    .option('--audience <TEXT>', 'of the tokens')
    .option('--name <NAME>', 'in its project')
    .option('--enable', 'let tokens in by it again')
    .option('--disable', 'let no token in by it')
    .action((id: string, options: RuleChangeOptions, self: Command) =>
      update(context.openSession(self), readId(id, 'roadstead workload-rule list'), options),
    );
}

function createTest(context: CommandContext): Command {
  return new Command('test')
    .description('say which rules of a project take a token, and why the others do not; nobody is let in')
    .argument('<file-or-token>', 'a file with the token, - for standard input, or the token itself')
    .requiredOption('--project <NAME>', 'of this project')
    .action((argument: string, options: ProjectOption, self: Command) =>
      test(context.openSession(self), argument, options),
    );
}

/** Where and whom a rule trusts, and for what. */
function addTrustOptions(command: Command): Command {
  return command
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
    .addOption(new Option('--claim <CLAIM=PATTERN>', 'the claim must match this').argParser(collect));
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
    text: () => renderTable(HEAD, rules.map(renderRow)),
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
  const permissions = readRulePermissions(allow, project);
  const connection = await session.connect();
  const body = {
    ...{ name, issuer, conditions, permissions },
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

async function update(session: Session, id: number, options: RuleChangeOptions): Promise<void> {
  const connection = await session.connect();
  const path = `${pathOf(options.project)}/${id}`;
  const before = await callForRecord(connection, { method: 'GET', path, action: `look at workload rule ${id}` });
  const body = changeRule(before, options);
  const rule = await callForRecord(connection, { method: 'PUT', path, body, action: `change workload rule ${id}` });
  session.printer.result({
    json: { server: connection.server.host, ...rule },
    text: () =>
      [
        `Changed the workload rule ${findString(rule, 'name')} (id ${id}): whatever came in by it signs in again.`,
        renderTable(HEAD, [renderRow(rule)]),
      ].join('\n'),
    quiet: () => '',
  });
}

/** @throws CliError failure when no rule takes the token */
async function test(session: Session, argument: string, { project }: ProjectOption): Promise<void> {
  const token = await readTokenArgument(argument, session.runtime);
  const connection = await session.connect();
  const call = { method: 'POST', path: `${pathOf(project)}/test`, body: { token }, action: 'test the token' } as const;
  const explanation = await callForRecord(connection, call);
  const taken = isTaken(explanation);
  session.printer.result({
    json: { server: connection.server.host, taken, ...explanation },
    text: () => renderExplanation(explanation),
    quiet: () => '',
  });
  if (!taken) throw new CliError(EXIT_CODE.failure, `no rule of the project ${project} takes the token`);
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
