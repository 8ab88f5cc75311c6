import { Command } from 'commander';
import { CliError, usageError } from '../cli-error.ts';
import { EXIT_CODE } from '../exit-code.ts';
import { findString } from '../json-shape.ts';
import { callForRecord } from '../registry/roadstead-api.ts';
import { toCliError } from '../render-error.ts';
import type { Session } from '../session.ts';
import type { CommandContext } from './command-context.ts';

interface Question {
  readonly action: string;
  readonly resource: string;
  /** `project` or `project/repository`; undefined: the registry as a whole. */
  readonly place: string | undefined;
  readonly as: string | undefined;
}

export function createAuthCommand(context: CommandContext): Command {
  return new Command('auth')
    .description('see who you are, and what you or somebody else may do and why')
    .addCommand(
      new Command('can-i')
        .description(
          'say whether something is allowed, and by which rule: exit code 0 for yes, 1 for no, any other for no answer',
        )
        .argument('<action>', 'e.g. pull, push, delete, create, list')
        .argument('<resource>', 'e.g. repository, artifact, member, project')
        .argument('[place]', 'project or project/repository; none: the registry as a whole')
        .option('--as <WHO>', 'of somebody else: user:NAME or robot:NAME')
        .action(async (action: string, resource: string, place: string | undefined, { as }, command: Command) => {
          const isAllowed = await canI(context.openSession(command), { action, resource, place, as }).catch(
            failUnanswered,
          );
          if (!isAllowed) context.setExitCode(EXIT_CODE.failure);
        }),
    )
    .addCommand(
      new Command('whoami')
        .description('show which account the saved login or --username is')
        .action((_options: object, command: Command) => whoAmI(context.openSession(command))),
    );
}

async function canI(session: Session, { action, resource, place, as }: Question): Promise<boolean> {
  const query = new URLSearchParams({ action, resource });
  if (place !== undefined) {
    const [project = '', ...rest] = place.split('/');
    if (project === '' || rest.includes('')) throw usageError(`${JSON.stringify(place)} is no PROJECT[/REPOSITORY]`);
    query.set('project', project);
    if (rest.length > 0) query.set('repository', rest.join('/'));
  }
  if (as !== undefined) {
    if (!/^(?:user|robot):./.test(as)) throw usageError('--as takes user:NAME or robot:NAME');
    query.set('as', as);
  }
  const connection = await session.connect();
  const path = `/access/explain?${query}`;
  const answer = await callForRecord(connection, { method: 'GET', path, action: 'ask what is allowed' });
  const isAllowed = answer['allowed'] === true;
  session.printer.result({
    json: { server: connection.server.host, ...answer },
    text: () => findString(answer, 'sentence') ?? '',
    quiet: () => (isAllowed ? 'yes' : 'no'),
  });
  return isAllowed;
}

/** A failure is no no: of this command, what would end with 1 has a code of its own. */
function failUnanswered(cause: unknown): never {
  const { exitCode, message, why, remedy } = toCliError(cause);
  if (exitCode !== EXIT_CODE.failure) throw cause;
  throw new CliError(EXIT_CODE.unanswered, message, { why, remedy, cause });
}

async function whoAmI(session: Session): Promise<void> {
  const connection = await session.connect();
  const call = { method: 'GET', path: '/access/whoami', action: 'ask who you are' } as const;
  const answer = await callForRecord(connection, call);
  const name = findString(answer, 'name') ?? '';
  const kind = findString(answer, 'kind') ?? '';
  session.printer.result({
    json: { server: connection.server.host, ...answer },
    text: () => `${name} on ${connection.server.host}: ${answer['administrator'] === true ? 'administrator' : kind}`,
    quiet: () => name,
  });
}
